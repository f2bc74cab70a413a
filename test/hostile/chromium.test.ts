import { chromiumEngine } from '../support/browsers/chromium.ts'
import { describeHostile, describeRest } from './describe-hostile.ts'

// That each of them bites where a layer is missing: browsers.long.test.ts.
describeHostile(chromiumEngine, { lanes: 3, bites: () => false })
describeRest(chromiumEngine)
