import { accessSync, constants, globSync } from 'node:fs'
import { join } from 'node:path'

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Where a program is: a name looked up on the PATH, or a pattern of whole paths; undefined when it is not installed. */
export function installed(program: string): string | undefined {
  const places = program.startsWith('/')
    ? globSync(program).sort()
    : (process.env.PATH ?? '').split(':').map((folder) => join(folder, program))
  return places.find(isProgram)
}

/** The sentence about the first program that is not there; undefined when all are. */
export function firstMissing(programs: Readonly<Record<string, string>>): string | undefined {
  const missing = Object.entries(programs).find(([program]) => installed(program) === undefined)
  return missing && `Expected ${missing[0]}: install the Debian package ${missing[1]}.`
}
