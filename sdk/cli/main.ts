/**
 * The `dsage` command. Exit codes: 0 when all is well, 1 when it is not, 2 when the command line cannot be understood, 130 when it was
 * interrupted twice. An expected error is one sentence on standard error; the stack of an unexpected one is shown when DSAGE_DEBUG is set.
 */
import { CommanderError } from 'commander'
import { DSageError } from '../errors.ts'
import { printable } from '../printable.ts'
import { guardIntegers } from './arguments.ts'
import { makeProgram } from './program.ts'

const USAGE = 2

function sentenceOf(error: unknown): string {
  if (error instanceof DSageError) return printable(error.message)
  const said = error instanceof Error ? error.message : String(error)
  const stack = error instanceof Error && process.env.DSAGE_DEBUG ? `\n${error.stack}` : ''
  return `It went wrong unexpectedly: ${printable(said)}; DSAGE_DEBUG=1 shows where.${stack}`
}

async function main(words: readonly string[]): Promise<number> {
  let code = 0
  const program = makeProgram((ended) => {
    code = ended
  })
  try {
    await program.parseAsync(guardIntegers(words), { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE
    process.stderr.write(`${sentenceOf(error)}\n`)
    return 1
  }
}

// Whoever reads our output may go first, as in `dsage status | head`.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => process.exit(1))

process.exitCode = await main(process.argv.slice(2))
// Everything is closed by now; should something forgotten still hold the process, it ends all the same.
setTimeout(() => process.exit(), 2_000).unref()
