/** `dsage doctor`: what could keep a cluster from working on this machine, and how to mend it. */
import { styleText } from 'node:util'
import { printable } from '../printable.ts'
import { checkBrowser } from './doctor/browser.ts'
import { checkClock } from './doctor/clock.ts'
import { checkDatabase } from './doctor/database.ts'
import type { Check, Finding } from './doctor/finding.ts'
import { checkHome } from './doctor/home.ts'
import { checkNode } from './doctor/node.ts'
import { checkPort } from './doctor/port.ts'
import { checkSandbox } from './doctor/sandbox.ts'
import { jsonLine } from './json-line.ts'
import { runningServer } from './running-server.ts'

export interface DoctorCommand {
  readonly home: string
  readonly url?: string
  readonly json: boolean
}

const CHECKS: readonly (readonly [name: string, check: Check])[] = [
  ['node', checkNode],
  ['home', checkHome],
  ['port', checkPort],
  ['database', checkDatabase],
  ['sandbox', checkSandbox],
  ['browser', checkBrowser],
  ['clock', checkClock],
]
const COLOURS = { ok: 'green', note: 'yellow', broken: 'red' } as const

/** Exit code 0, or 1 when something is broken; a note breaks nothing. */
export async function examine({ home, url: given, json }: DoctorCommand): Promise<number> {
  const url = given ?? (await runningServer(home))?.url
  const findings: (Finding & { readonly name: string })[] = []
  for (const [name, check] of CHECKS) {
    const finding = { name, ...(await check({ home, url }).catch(unexpected)) }
    findings.push(finding)
    if (!json) process.stdout.write(textOf(finding))
  }
  const isWell = findings.every(({ state }) => state !== 'broken')
  if (json) process.stdout.write(jsonLine({ ok: isWell, checks: findings }))
  return isWell ? 0 : 1
}

const unexpected = (error: unknown): Finding => ({
  state: 'broken',
  says: `It could not be checked: ${error instanceof Error ? error.message : String(error)}`,
})

function textOf({ name, state, says, mend }: Finding & { readonly name: string }): string {
  const head = `${styleText(COLOURS[state], state.padEnd(6), { stream: process.stdout })}  ${name.padEnd(8)}  ${printable(says)}\n`
  return mend === undefined ? head : `${head}${' '.repeat(18)}${printable(mend)}\n`
}
