import { chromiumEngine } from '../support/browsers/chromium.ts'
import { firefoxEngine } from '../support/browsers/firefox.ts'
import { webkitEngine } from '../support/browsers/webkit.ts'
import type { Attack } from './attacks.ts'
import { describeHostile } from './describe-hostile.ts'

/** That every attack bites, and memory bombs in the engines that the fast suite spares them. The whole table prints main.ts. */
const isBomb = ({ name }: Attack): boolean => name.startsWith('memory/')

describeHostile(chromiumEngine, { lanes: 1, bites: () => true })
describeHostile(firefoxEngine, { lanes: 1, tries: isBomb, bites: () => false })
describeHostile(webkitEngine, { lanes: 1, tries: isBomb, bites: () => false })
