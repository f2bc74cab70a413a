/** The passphrase of a key: from the environment, else asked for where somebody sits at a terminal. */
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { printable } from '../printable.ts'

/** Undefined where nobody can be asked. */
export async function askPassphrase(where: string, attempt: number): Promise<string | undefined> {
  const given = process.env.DSAGE_PASSPHRASE
  if (given !== undefined && given !== '') return attempt === 1 ? given : undefined
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined
  process.stderr.write(`${attempt === 1 ? 'Passphrase' : 'That is another one; passphrase'} of ${printable(where)}: `)
  const passphrase = await readUnseen()
  process.stderr.write('\n')
  return passphrase
}

/** One line of the terminal; undefined when it is interrupted. The terminal is in raw mode, and what readline would show goes nowhere. */
function readUnseen(): Promise<string | undefined> {
  const nowhere = new Writable({ write: (_part, _encoding, done) => done() })
  const reader = createInterface({ input: process.stdin, output: nowhere, terminal: true, historySize: 0 })
  return new Promise((resolve) => {
    reader.once('SIGINT', () => {
      reader.close()
      process.kill(process.pid, 'SIGINT')
    })
    reader.once('line', (line) => {
      resolve(line)
      reader.close()
    })
    reader.once('close', () => resolve(undefined))
  })
}
