import { chromiumEngine } from '../support/browsers/chromium.ts'
import { describeHostile, describeRest } from './describe-hostile.ts'

// Memory bombs, and that each of them bites where a layer is missing: browsers.long.test.ts.
describeHostile(chromiumEngine, { lanes: 3, tries: ({ name }) => !name.startsWith('memory/'), bites: () => false })
describeRest(chromiumEngine)
