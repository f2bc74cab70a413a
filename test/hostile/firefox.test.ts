import { firefoxEngine } from '../support/browsers/firefox.ts'
import { describeHostile, everySecond } from './describe-hostile.ts'

// Every bundle, and what bites: browsers.long.test.ts.
describeHostile(firefoxEngine, { lanes: 1, tries: everySecond(0), bites: () => false })
