import { webkitEngine } from '../support/browsers/webkit.ts'
import { describeHostile, everySecond } from './describe-hostile.ts'

// Every bundle, and what bites: browsers.long.test.ts.
describeHostile(webkitEngine, { lanes: 1, tries: everySecond(1), bites: () => false })
