import { chromiumEngine } from '../support/browsers/chromium.ts'
import { describeHostile, describeRest, oneIn } from './describe-hostile.ts'

// Every bundle, and that each of them bites where a layer is missing: browsers.long.test.ts.
describeHostile(chromiumEngine, { lanes: 3, tries: oneIn(3, 0), bites: () => false })
describeRest(chromiumEngine)
