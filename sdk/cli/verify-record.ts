import { randomInt } from 'node:crypto'
import { type Verification, verifyRecord } from '../local/verify-record.ts'
import { printable } from '../printable.ts'
import { jsonLine } from './json-line.ts'

export interface VerifyCommand {
  readonly file: string
  /** Share, above 0 and to 1. */
  readonly sample: number
  readonly seed?: number
  /** Paths of files that the record does not carry, by name. */
  readonly files?: Readonly<Record<string, string>> | undefined
  readonly json: boolean
}

const SEEDS = 2 ** 32

/** `dsage verify-record`: exit code 1 where this machine and the record disagree. @throws RecordDamaged */
export async function verify({ file, sample, seed = randomInt(SEEDS), files, json }: VerifyCommand): Promise<number> {
  const verification = await verifyRecord(file, { sample, seed, files })
  process.stdout.write(json ? jsonLine(verification) : `${textOf(verification)}\n`)
  return verification.disagreement === undefined ? 0 : 1
}

function textOf({ file, name, units, results, recomputed, seed, disagreement }: Verification): string {
  const head = `${printable(file)}: job ${printable(name)}, ${units} units, ${results} with a result; the archive is whole.`
  if (disagreement === undefined) return `${head}\n${recomputed} of ${results} recomputed here (seed ${seed}): the same bytes.`
  const { unit, input, recorded, recomputed: found, engines } = disagreement
  const where = input === undefined ? `unit ${unit}` : `unit ${unit}, input ${input}`
  const lines = [`recomputed ${recomputed} of ${results} (seed ${seed}), and the last differs: ${where}`]
  lines.push(
    `  recorded   ${recorded} (${engines.join(', ')})`,
    `  computed   ${found} (v8-${process.versions.v8.split('.', 2).join('')}, this machine)`,
  )
  return [head, ...lines].join('\n')
}
