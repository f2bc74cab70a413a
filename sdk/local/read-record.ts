/** Reads a record as a stream. It may come from anybody: nothing in it is believed before all of it has been looked at. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { type Entry, extract } from 'tar-stream'
import type { z } from 'zod'
import { RecordDamaged } from '../errors.ts'
import { printable } from '../printable.ts'
import { LIMITS } from '../protocol.ts'
import { plainArchive } from './plain-archive.ts'
import {
  BUNDLE,
  FORMAT,
  fileName,
  HEAD,
  type RecordHead,
  type RecordLine,
  recordHead,
  recordLine,
  SOURCE_MAP,
  SUMS,
  unitsName,
} from './record-format.ts'

/** A line is at most two payloads as JSON; no file is much longer. */
const MOST_FILE_BYTES = 64 * 1024 * 1024
/** Those of the job are as large as a job's files may be. */
const mostOf = (name: string): number => (name.startsWith('files/') ? LIMITS.fileBytes : MOST_FILE_BYTES)

export interface CheckedRecord {
  readonly head: RecordHead
  readonly code: string
  readonly units: number
  /** Units with outputs. */
  readonly results: number
  /** SHA-256 of the files that it carries. */
  readonly carried: ReadonlySet<string>
}

interface ArchivedFile {
  readonly name: string
  readonly bytes: Buffer
}

/** The files of the archive, one in memory at a time. @throws RecordDamaged */
async function* filesOf(file: string): AsyncGenerator<ArchivedFile, void, void> {
  const entries = extract()
  // What goes wrong with the source is what the iteration throws.
  const wrong = (what: string) => new RecordDamaged(file, printable(what))
  const read = pipeline(createReadStream(file), (source) => plainArchive(source, { mostBytes: mostOf, wrong }), entries)
  read.catch(() => {})
  try {
    for await (const entry of entries) yield { name: entry.header.name, bytes: await bytesOf(entry) }
    await read
  } catch (error) {
    if (error instanceof RecordDamaged) throw error
    const { code, message } = error as NodeJS.ErrnoException
    throw new RecordDamaged(file, code === 'ENOENT' ? 'there is no such file' : `it is no whole archive (${message})`, error)
  }
}

async function bytesOf(entry: Entry): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of entry as AsyncIterable<Uint8Array>) parts.push(part)
  return Buffer.concat(parts)
}

/** Reads all of it once. @throws RecordDamaged saying what is wrong */
export async function checkRecord(file: string): Promise<CheckedRecord> {
  const wrong = (what: string) => new RecordDamaged(file, what)
  let head: RecordHead | undefined
  let code: string | undefined
  let sums = ''
  let unitFiles = 0
  const counts = { units: 0, results: 0 }
  const carried = new Set<string>()
  let complete = false
  for await (const { name, bytes } of filesOf(file)) {
    const mayCome = unitFiles === 0 ? filesOfHead(head).filter((sha256) => !carried.has(sha256)) : []
    const following = [SOURCE_MAP, ...mayCome.map(fileName), unitsName(unitFiles), SUMS]
    const expected = complete ? [] : head === undefined ? [HEAD] : code === undefined ? [BUNDLE] : following
    if (!expected.includes(name)) throw wrong(`${printable(name)} stands where ${expected.join(' or ') || 'nothing'} is expected`)
    if (name === SUMS) {
      if (bytes.toString() !== sums) throw wrong(`${firstChanged(sums, bytes.toString())} is not what ${SUMS} says`)
      complete = true
      continue
    }
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    sums += `${sha256}  ${name}\n`
    if (name.startsWith('files/') && name !== fileName(sha256)) throw wrong(`${name} holds other bytes than its name says`)
    if (name.startsWith('files/')) carried.add(sha256)
    else if (name === HEAD) head = headOf(file, bytes)
    else if (name === BUNDLE) code = codeOf(file, bytes, head!)
    else if (name === unitsName(unitFiles)) {
      unitFiles++
      for (const { outputs } of linesOf(file, name, bytes)) {
        counts.units += 1
        if (outputs !== undefined) counts.results += 1
      }
    }
  }
  if (!complete) throw wrong(`it ends before ${SUMS}`)
  return { head: head!, code: code!, carried, ...counts }
}

const filesOfHead = (head: RecordHead | undefined): readonly string[] => [...new Set(head?.spec.files?.map(({ sha256 }) => sha256))]

/** The files that a record, which was checked, carries, by SHA-256. @throws RecordDamaged */
export async function carriedIn(file: string): Promise<ReadonlyMap<string, Blob>> {
  const contents = new Map<string, Blob>()
  for await (const { name, bytes } of filesOf(file)) {
    if (name.startsWith('units/')) break
    if (name.startsWith('files/')) contents.set(name.slice('files/'.length), new Blob([new Uint8Array(bytes)]))
  }
  return contents
}

/** The units of a record that was checked, in order. @throws RecordDamaged */
export async function* unitsIn(file: string): AsyncGenerator<RecordLine, void, void> {
  for await (const { name, bytes } of filesOf(file)) if (name.startsWith('units/')) yield* linesOf(file, name, bytes)
}

function firstChanged(found: string, said: string): string {
  const lines = said.split('\n')
  const changed = found.split('\n').find((line, i) => line !== lines[i]) ?? ''
  return changed.slice(66) || 'the number of files'
}

function headOf(file: string, bytes: Buffer): RecordHead {
  const head = shaped(file, HEAD, recordHead, bytes.toString())
  if (head.format > FORMAT)
    throw new RecordDamaged(file, `it has format ${head.format}, expected ${FORMAT} or older: a newer dsage wrote it, use that one`)
  return head
}

function codeOf(file: string, bytes: Buffer, { spec }: RecordHead): string {
  if (createHash('sha256').update(bytes).digest('hex') !== spec.bundle)
    throw new RecordDamaged(file, `${BUNDLE} is not the code that its job names`)
  return bytes.toString()
}

function* linesOf(file: string, name: string, bytes: Buffer): Generator<RecordLine, void, void> {
  let at = 0
  for (let line = 1; at < bytes.length; line++) {
    const end = bytes.indexOf(10, at)
    if (end < 0) throw new RecordDamaged(file, `line ${line} of ${name} has no end`)
    yield shaped(file, `line ${line} of ${name}`, recordLine, bytes.toString('utf8', at, end))
    at = end + 1
  }
}

function shaped<Shape extends z.ZodType>(file: string, what: string, shape: Shape, text: string): z.output<Shape> {
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch (error) {
    throw new RecordDamaged(file, `${what} is no JSON (${printable((error as Error).message)})`)
  }
  const parsed = shape.safeParse(content)
  if (parsed.success) return parsed.data
  const { path, message } = parsed.error.issues[0]!
  throw new RecordDamaged(file, `${what}: at ${path.join('.') || 'its top'}: ${printable(message)}`)
}
