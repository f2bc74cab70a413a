/** The inputs of `dsage map`: a range, or lines of JSON. */
import { constants, createReadStream } from 'node:fs'
import { access } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { BadArgument } from '../errors.ts'
import { fromJson } from '../json.ts'

/** A range of integers, as numbers where all of them are safe and else as BigInts. */
interface Range {
  readonly from: bigint
  readonly to: bigint
}

/** @throws BadArgument when it runs backwards */
function rangeOf(text: string): Range | undefined {
  const [, from, to] = /^(-?\d{1,100})\.\.(-?\d{1,100})$/.exec(text) ?? []
  if (from === undefined || to === undefined) return undefined
  const range = { from: BigInt(from), to: BigInt(to) }
  if (range.from > range.to) throw new BadArgument(`Expected a range from the smaller to the greater, got ${text}.`)
  return range
}

/** The inputs that `text` stands for, read as they are asked for. @throws BadArgument when it is neither a range, nor `-`, nor a file that can be read */
export async function mapInputs(text: string): Promise<AsyncIterable<unknown> | Iterable<unknown>> {
  const range = rangeOf(text.trim())
  if (range !== undefined) return numbersIn(range)
  if (text === '-') return valuesIn('standard input', () => process.stdin)
  await access(text, constants.R_OK).catch((error: NodeJS.ErrnoException) => {
    throw new BadArgument(
      `Expected a range such as 1..10, - or a file of inputs, got ${text}, of which the system says ${error.code}.`,
      error,
    )
  })
  return valuesIn(text, () => createReadStream(text))
}

function* numbersIn({ from, to }: Range): Generator<number | bigint, void, void> {
  const isSafe = from >= Number.MIN_SAFE_INTEGER && to <= Number.MAX_SAFE_INTEGER
  for (let n = from; n <= to; n++) yield isSafe ? Number(n) : n
}

/** Lines without anything on them are left out. Opened when the first is asked for: lines that are read before are lost. */
async function* valuesIn(name: string, open: () => Readable): AsyncGenerator<unknown, void, void> {
  let number = 0
  for await (const line of createInterface({ input: open(), crlfDelay: Number.POSITIVE_INFINITY })) {
    number += 1
    if (line.trim() === '') continue
    try {
      yield fromJson(JSON.parse(line))
    } catch (error) {
      throw new BadArgument(`Expected JSON on line ${number} of ${name}: ${(error as Error).message}`, error)
    }
  }
}
