import { chromiumEngine } from '../support/browsers/chromium.ts'
import { describeHostile, describeRest } from './describe-hostile.ts'

// What hangs or hoards takes seconds to bite: those are in bites.long.test.ts.
describeHostile(chromiumEngine, { lanes: 3, bites: ({ name }) => !/^(hang|memory|page)\//.test(name) })
describeRest(chromiumEngine)
