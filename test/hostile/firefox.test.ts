import { firefoxEngine } from '../support/browsers/firefox.ts'
import { describeHostile, describeRest } from './describe-hostile.ts'

// Memory bombs, and what bites here: bites.long.test.ts.
describeHostile(firefoxEngine, { lanes: 1, tries: ({ name }) => !name.startsWith('memory/'), bites: () => false })
describeRest(firefoxEngine)
