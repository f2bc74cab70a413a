import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { type Pack, pack } from 'tar-stream'
import { beforePowers } from '../bundle/portable-powers.ts'
import { sourceMapOf } from '../bundle/source-maps.ts'
import { written } from '../codec/to-json.ts'
import { decode, decodeOutputs } from '../codec.ts'
import type { Connection } from '../connection.ts'
import { BadArgument } from '../errors.ts'
import type { RecordOptions, RecordSummary } from '../job-record.ts'
import { printable } from '../printable.ts'
import { type JobFile, type JobManifest, type JobSnapshot, LIMITS, type RecordedUnit } from '../protocol.ts'
import { replaceFile } from './local-files.ts'
import { BUNDLE, FORMAT, FORMAT_WITHOUT_FILES, fileName, HEAD, SOURCE_MAP, SUMS, unitsName } from './record-format.ts'

/** Units asked for at a time; the server answers fewer. */
const UNITS_PER_PAGE = 1000
/** Lines beyond this go into the next file. */
const FILE_BYTES = 1024 * 1024
/** Files of a job that a record carries unless it is said otherwise, bytes. */
const CARRIED_BYTES = 64 * 1024 * 1024
const ENDED: readonly JobSnapshot['state'][] = ['finished', 'failed', 'cancelled', 'rejected']

/**
 * Writes the record of an own job, page by page: of its units no more than a megabyte is in memory. The file is replaced as a whole or not at all.
 * @throws BadArgument while the job runs or when the file cannot be written, Refused, NotConnected
 */
export async function writeRecord(
  connection: Connection,
  job: string,
  file = `dsage-${job}.tar`,
  { filesUpTo = CARRIED_BYTES }: RecordOptions = {},
): Promise<RecordSummary> {
  if (!(filesUpTo >= 0 && filesUpTo <= LIMITS.fileBytes))
    throw new BadArgument(`Expected \`filesUpTo\` to be a number of bytes from 0 to ${LIMITS.fileBytes}, got ${String(filesUpTo)}.`)
  const snapshot = await connection.request('watch', { job })
  if (!ENDED.includes(snapshot.state))
    throw new BadArgument(
      `Expected job ${printable(snapshot.name)} to be over, it is ${snapshot.state}; wait for it or kill it, then record it.`,
    )
  const archive = new Archive(new Date(snapshot.createdAt))
  const filled = fill(archive, connection, snapshot, filesUpTo).catch((error: unknown) => {
    archive.abandon(error)
    throw error
  })
  // What ends the filling ends the file too, which first removes what was begun.
  filled.catch(() => {})
  await replaceFile(file, archive)
  return { file, ...archive.written, units: await filled }
}

async function fill(archive: Archive, connection: Connection, snapshot: JobSnapshot, filesUpTo: number): Promise<number> {
  const { job } = snapshot
  const manifest = await connection.request('manifest', { job })
  const { version, protocol } = await connection.request('status', {})
  const carried = carriedOf(manifest, filesUpTo)
  await archive.add(HEAD, headText(snapshot, manifest, { dsage: version, protocol }, carried.length > 0))
  await archive.add(BUNDLE, manifest.code)
  const map = sourceMapOf(beforePowers(Buffer.from(manifest.code).toString()).code)
  if (map !== undefined) await archive.add(SOURCE_MAP, JSON.stringify(map))
  for (const one of carried) await archive.addParts(fileName(one.sha256), one.bytes, partsOf(connection, one))
  const units = await addUnits(archive, connection, job)
  await archive.add(SUMS, archive.sums)
  archive.end()
  return units
}

const headText = (job: JobSnapshot, { spec }: JobManifest, versions: object, carriesFiles: boolean): string =>
  `${JSON.stringify({ dsage: 'record', format: carriesFiles ? FORMAT : FORMAT_WITHOUT_FILES, versions, job, spec }, undefined, 2)}\n`

/** Each once, whatever its names; none where all together are too large. */
function carriedOf({ spec: { files = [] } }: JobManifest, upTo: number): readonly JobFile[] {
  const distinct = [...new Map(files.map((file) => [file.sha256, file])).values()]
  return distinct.reduce((sum, { bytes }) => sum + bytes, 0) <= upTo && upTo > 0 ? distinct : []
}

async function* partsOf(connection: Connection, { sha256, bytes }: JobFile): AsyncGenerator<Uint8Array, void, void> {
  for (let from = 0; from < bytes; from += LIMITS.filePieceBytes) {
    const range = `bytes=${from}-${Math.min(bytes, from + LIMITS.filePieceBytes) - 1}`
    yield await connection.fetch<Uint8Array>(`/api/v1/files/${sha256}/bytes`, 'GET', undefined, range)
  }
}

async function addUnits(archive: Archive, connection: Connection, job: string): Promise<number> {
  let units = 0
  let files = 0
  let lines: string[] = []
  let bytes = 0
  const flush = async () => {
    if (lines.length > 0) await archive.add(unitsName(files++), lines.join(''))
    lines = []
    bytes = 0
  }
  for (let after: string | undefined = ''; after !== undefined; ) {
    const page: { readonly units: readonly RecordedUnit[]; readonly next?: string } = await connection.request('record', {
      ...{ job, after, limit: UNITS_PER_PAGE },
    })
    for (const unit of page.units) {
      const line = lineOf(unit)
      lines.push(line)
      bytes += line.length
      if (bytes >= FILE_BYTES) await flush()
    }
    units += page.units.length
    after = page.next
  }
  await flush()
  return units
}

function lineOf({ key, state, seed, input, output, leases }: RecordedUnit): string {
  const outputs = output && decodeOutputs(output).map((item) => ('error' in item ? item : { value: written(item.value) }))
  const inputs = written(decode(input))
  return `${JSON.stringify({ key, state, seed: Buffer.from(seed).toString('hex'), inputs, outputs, leases })}\n`
}

/** A tar as it is made. Nothing of this machine and moment is in it. */
class Archive implements AsyncIterable<Uint8Array> {
  readonly #pack: Pack = pack()
  readonly #mtime: Date
  readonly #digest = createHash('sha256')
  #sums = ''
  #bytes = 0

  constructor(mtime: Date) {
    this.#mtime = mtime
  }

  /** Lines as `sha256sum` writes them. */
  get sums(): string {
    return this.#sums
  }

  /** Of what was read. */
  get written(): { readonly bytes: number; readonly sha256: string } {
    return { bytes: this.#bytes, sha256: this.#digest.copy().digest('hex') }
  }

  /** Resolves when the reader has taken it. */
  async add(name: string, content: string | Uint8Array): Promise<void> {
    const bytes = Buffer.from(content as Uint8Array)
    await this.addParts(name, bytes.length, [bytes])
  }

  /** The same of what comes part by part. */
  async addParts(name: string, size: number, parts: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void> {
    const header = { name, size, mode: 0o644, uid: 0, gid: 0, mtime: this.#mtime, type: 'file' } as const
    const digest = createHash('sha256')
    const taken = Promise.withResolvers<void>()
    const entry = this.#pack.entry(header, (error) => (error ? taken.reject(error) : taken.resolve()))
    taken.promise.catch(() => {})
    for await (const part of parts) {
      digest.update(part)
      if (!entry.write(part)) await Promise.race([once(entry, 'drain'), taken.promise])
    }
    entry.end()
    await taken.promise
    this.#sums += `${digest.digest('hex')}  ${name}\n`
  }

  end(): void {
    this.#pack.finalize()
  }

  abandon(error: unknown): void {
    this.#pack.destroy(error as Error)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, void> {
    for await (const bytes of this.#pack as AsyncIterable<Uint8Array>) {
      this.#digest.update(bytes)
      this.#bytes += bytes.length
      yield bytes
    }
  }
}
