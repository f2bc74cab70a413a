import { webkitEngine } from '../support/browsers/webkit.ts'
import { describeHostile, oneIn } from './describe-hostile.ts'

// Every bundle, and what bites: browsers.long.test.ts.
describeHostile(webkitEngine, { lanes: 1, tries: oneIn(3, 2), bites: () => false })
