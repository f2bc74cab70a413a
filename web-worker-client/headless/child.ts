/**
 * The sandbox process: reads units from stdin, runs each in an isolate, writes reports to stdout. It holds no secret, may read nothing but
 * its own code, and is killed from outside when it does not answer. It kills itself when stdin ends, in the middle of a unit too, so that
 * it never outlives its parent.
 */
import { writeSync } from 'node:fs'
import { BundleIsolate, type HarnessText, type RunRequest } from './bundle-isolate.ts'
import { encodeFrame, type Frame, FrameReader } from './frames.ts'

/** What the parent sends; it is trusted. Body of `run`: seed (16 bytes), input, checkpoint, and the bundle's text, each as long as the head says. */
export type ParentHead =
  | { readonly kind: 'harness' }
  /** A part of a file of a job, from its first to its last one; the body is its bytes. */
  | { readonly kind: 'file'; readonly sha256: string; readonly bytes: number; readonly offset: number }
  | {
      readonly kind: 'run'
      readonly bundle: string
      readonly inputBytes: number
      /** 0 when there is none. */
      readonly checkpointBytes: number
      /** Files of the job, all of which came before; others are forgotten. */
      readonly files: readonly { readonly name: string; readonly sha256: string }[]
      readonly codeBytes: number
      readonly createdAt: number
      readonly timeoutMs: number
      readonly memoryMegabytes: number
      readonly nativeMath: boolean
      /** Whose units may share a realm with this one: its job; null where it has one of its own. */
      readonly sharedBy: string | null
    }

const SEED_BYTES = 16

let harness: HarnessText | undefined
let isolate: BundleIsolate | undefined
let code = ''

function isolateFor(head: Extract<ParentHead, { kind: 'run' }>): BundleIsolate {
  const fits = isolate?.bundle === head.bundle && isolate.memoryMegabytes === head.memoryMegabytes && isolate.reusable
  if (isolate !== undefined && fits) return isolate
  isolate?.dispose()
  isolate = new BundleIsolate(harness!, head.bundle, code, head.memoryMegabytes)
  return isolate
}

function answer(head: object, body: Uint8Array = new Uint8Array(0)): void {
  const frame = encodeFrame(head, body)
  for (let at = 0; at < frame.length; ) at += writeSync(1, frame, at)
}

/** How far the unit that runs is; what comes after its report is nobody's news. */
function teller(): Pick<RunRequest, 'onProgress' | 'onCheckpoint'> & { readonly end: () => void } {
  let runs = true
  return {
    onProgress: (fraction, note) => runs && answer({ news: 'progress', fraction, note }),
    onCheckpoint: (bytes) => runs && bytes instanceof Uint8Array && answer({ news: 'checkpoint' }, bytes),
    end: () => {
      runs = false
    },
  }
}

const files = new Map<string, Uint8Array>()

function keepPart({ sha256, bytes, offset }: Extract<ParentHead, { kind: 'file' }>, part: Uint8Array): void {
  if (offset === 0) files.set(sha256, new Uint8Array(bytes))
  files.get(sha256)!.set(part, offset)
}

function provided(named: readonly { readonly name: string; readonly sha256: string }[]): Pick<RunRequest, 'files' | 'contents'> {
  const wanted = new Set(named.map(({ sha256 }) => sha256))
  for (const sha256 of files.keys()) if (!wanted.has(sha256)) files.delete(sha256)
  return { files: named.map(({ name }) => name), contents: named.map(({ sha256 }) => files.get(sha256)!) }
}

async function handle(frame: Frame): Promise<void> {
  const head = frame.head as ParentHead
  if (head.kind === 'harness') {
    harness = { code: new TextDecoder().decode(frame.body), cached: undefined }
    new BundleIsolate(harness, '', '', 16).dispose()
    answer({ kind: 'ready' })
    return
  }
  if (head.kind === 'file') {
    keepPart(head, frame.body)
    return answer({ kind: 'kept' })
  }
  const checkpointAt = SEED_BYTES + head.inputBytes
  const codeAt = checkpointAt + head.checkpointBytes
  if (head.codeBytes > 0) code = new TextDecoder().decode(frame.body.subarray(codeAt))
  const current = isolateFor(head)
  const { end, ...listener } = teller()
  const { output, ...report } = await current.run({
    seed: frame.body.slice(0, SEED_BYTES),
    input: frame.body.slice(SEED_BYTES, checkpointAt),
    checkpoint: head.checkpointBytes > 0 ? frame.body.slice(checkpointAt, codeAt) : undefined,
    createdAt: head.createdAt,
    nativeMath: head.nativeMath,
    sharedBy: head.sharedBy,
    timeoutMs: head.timeoutMs,
    ...listener,
    ...provided(head.files),
  })
  end()
  answer({ kind: 'report', ...report }, output instanceof Uint8Array ? output : undefined)
  setImmediate(prepare)
}

/** While the parent is busy with the report: the next realm, or the end of an isolate that is used up. */
function prepare(): void {
  if (isolate?.reusable && isolate.prepare()) return
  isolate?.dispose()
  isolate = undefined
}

const reader = new FrameReader(0xffffffff)
process.stdin.on('data', (chunk: Buffer) => {
  for (const frame of reader.push(chunk)) handle(frame)
})
process.stdin.on('end', () => process.kill(process.pid, 'SIGKILL'))
