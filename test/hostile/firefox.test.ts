import { firefoxEngine } from '../support/browsers/firefox.ts'
import { describeHostile, oneIn } from './describe-hostile.ts'

// Every bundle, and what bites: browsers.long.test.ts.
describeHostile(firefoxEngine, { lanes: 1, tries: oneIn(3, 1), bites: () => false })
