/** Where in the researcher's own files the code was given that cannot be sent. */
import { BundleError } from './bundle-error.ts'

/** This module in the folder of the SDK; elsewhere it is a part of somebody's script, and whose a frame is cannot be told. */
const HERE = /\/bundle\/origin\.[tj]s$/
const FRAME = /((?:file|https?):\/\/[^\s()]+|(?:\/|[A-Za-z]:\\)[^\s()]+):(\d+):(\d+)\)?$/

/** The first frame outside the SDK, and in no package, as `file:line:column`. The engine's own limit of ten frames is too few to get out of it. */
function callerPlace(): string | undefined {
  const here: string | undefined = import.meta.url
  if (here === undefined || !HERE.test(here)) return undefined
  // As it occurs in stacks: as a URL, and as a path.
  const sdk = new URL('..', here)
  const errors = Error as { stackTraceLimit?: number }
  const limit = errors.stackTraceLimit
  errors.stackTraceLimit = 50
  const stack = new Error().stack ?? ''
  if (limit !== undefined) errors.stackTraceLimit = limit
  for (const line of stack.split('\n')) {
    const [, file, row, column] = FRAME.exec(line.trim()) ?? []
    if (file === undefined || file.startsWith(sdk.href) || file.startsWith(sdk.pathname) || file.includes('/node_modules/')) continue
    return `${file.replace(/^file:\/\//, '')}:${row}:${column}`
  }
  return undefined
}

/** What `make` gives; to what it throws of what was given as a value, the place is added: the text alone does not tell which function it is. */
export function withOrigin<Made>(what: string, make: () => Made): Made {
  try {
    return make()
  } catch (error) {
    if (!(error instanceof BundleError)) throw error
    const { code, message, variables, line, column } = error
    const file = callerPlace()
    const where = [line === undefined ? '' : `line ${line} of the ${what}`, file === undefined ? '' : `given at ${file}`]
    const place = where.filter((part) => part !== '').join(', ')
    const at = line === undefined || column === undefined ? {} : { at: { line, column } }
    throw new BundleError(code, place === '' ? message : `${message} (${place})`, {
      variables,
      ...at,
      ...(file === undefined ? {} : { file }),
    })
  }
}
