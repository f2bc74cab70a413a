import { webkitEngine } from '../support/browsers/webkit.ts'
import { describeHostile, describeRest } from './describe-hostile.ts'

// Memory bombs, and what bites here: bites.long.test.ts.
describeHostile(webkitEngine, { lanes: 1, tries: ({ name }) => !name.startsWith('memory/'), bites: () => false })
describeRest(webkitEngine)
