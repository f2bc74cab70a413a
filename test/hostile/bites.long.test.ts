import { chromiumEngine } from '../support/browsers/chromium.ts'
import { firefoxEngine } from '../support/browsers/firefox.ts'
import { webkitEngine } from '../support/browsers/webkit.ts'
import type { Attack } from './attacks.ts'
import { describeHostile } from './describe-hostile.ts'

/** That every attack bites, and memory bombs in the engines that the fast suite spares them. The whole table prints main.ts. */
const isBomb = ({ name }: Attack): boolean => name.startsWith('memory/')

// A flood of rejections harms no Chromium, not even without a sandbox: that it bites is seen in Firefox, in the fast suite.
describeHostile(chromiumEngine, { lanes: 1, bites: ({ name }) => name !== 'page/rejections' })
describeHostile(firefoxEngine, { lanes: 1, tries: isBomb, bites: () => false })
describeHostile(webkitEngine, { lanes: 1, tries: isBomb, bites: () => false })
