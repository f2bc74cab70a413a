import { chromiumEngine } from '../support/browsers/chromium.ts'
import { firefoxEngine } from '../support/browsers/firefox.ts'
import { webkitEngine } from '../support/browsers/webkit.ts'
import { describeHostile, describeRest } from './describe-hostile.ts'

/** Every bundle in every browser, and that each bites where a layer is missing. The whole table of layers prints main.ts. */
for (const engine of [chromiumEngine, firefoxEngine, webkitEngine]) {
  describeHostile(engine, { lanes: 1, bites: () => engine === chromiumEngine })
  describeRest(engine)
}
