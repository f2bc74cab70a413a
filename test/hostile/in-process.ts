/** The arenas of a machine without a browser: the headless worker's thread, and a process that runs a bundle as Node runs any module. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { deserialize, serialize } from 'node:v8'
import { decode, encodeOutputs, inspectOutputs, type OutputItem } from '../../sdk/codec.ts'
import { LIMITS } from '../../sdk/protocol.ts'
import type { UnitOutcome, UnitToRun } from '../../web-worker-client/engine/sandbox-thread.ts'
import { headlessThreads } from '../../web-worker-client/headless/spawn-thread.ts'
import { sandboxesOf } from '../client/sandbox-support.ts'
import { descendantsOf } from '../support/descendants.ts'
import type { Arena } from './arena.ts'
import { KeptMemory } from './kept-memory.ts'
import type { PageView } from './probe.ts'
import type { Sink } from './sink.ts'

export interface ProcessArena extends Arena {
  close(): Promise<void>
}

/** A folder in which no bundle may leave a file. */
class Folder {
  readonly path: string

  private constructor(path: string) {
    this.path = path
  }

  static async make(): Promise<Folder> {
    return new Folder(await mkdtemp(join(tmpdir(), 'dsage-hostile-')))
  }

  async takeFiles(): Promise<string[]> {
    const names = await readdir(this.path)
    for (const name of names) await rm(join(this.path, name))
    return names.map((name) => `file ${name}`)
  }

  remove(): Promise<void> {
    return rm(this.path, { recursive: true })
  }
}

const placesOf = (sink: Sink, folder: Folder): Arena['places'] => ({
  sink: sink.address,
  datagrams: sink.datagramAddress,
  portal: `${sink.address}/portal`,
  folder: folder.path,
})
const viewOf = (traces: string[]): PageView => ({ longestTask: 0, errors: [], traces })

async function inTime(running: Promise<UnitOutcome | undefined>, patienceSeconds: number) {
  const startedAt = performance.now()
  const patience = new AbortController()
  const late = setTimeout(patienceSeconds * 1000, undefined, { signal: patience.signal }).catch(() => undefined)
  const outcome = await Promise.race([running, late])
  patience.abort()
  return { outcome, seconds: (performance.now() - startedAt) / 1000 }
}

/** The product's own. A process below the sandbox's is a trace. */
export async function headlessArena(sink: Sink): Promise<ProcessArena> {
  const folder = await Folder.make()
  const thread = headlessThreads({ complain: () => {} })()
  const processes = () => sandboxesOf(process.pid).flatMap(descendantsOf)
  return {
    places: placesOf(sink, folder),
    weakened: false,
    memory: new KeptMemory(),
    run: (unit, patienceSeconds) => inTime(thread.run(unit), patienceSeconds),
    look: async () => viewOf([...(await folder.takeFiles()), ...processes().map((id) => `process ${id}`)]),
    takeVisits: () => sink.takeVisits(),
    async close() {
      await thread.close()
      await folder.remove()
    },
  }
}

/** What came back, taken for an answer without a look; see `believed` of the probe. */
function believed(outputs: string | undefined): UnitOutcome {
  try {
    const output = encodeOutputs(deserialize(Buffer.from(outputs!, 'base64')) as OutputItem[], { maxBytes: LIMITS.payloadBytes })
    inspectOutputs(output)
    return { output, seconds: 0 }
  } catch (error) {
    return { errored: 'believed' as 'crashed', message: String(error), seconds: 0 }
  }
}

class BareChild {
  readonly #child: ChildProcess
  readonly #traces: string[] = []
  #answer: ((outputs: string | undefined) => void) | undefined

  constructor() {
    this.#child = fork(fileURLToPath(new URL('naive/child.mjs', import.meta.url)), { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], env: {} })
    this.#child.on('message', (message) => {
      const answer = this.#answer
      this.#answer = undefined
      if (answer) answer((message as { outputs?: string }).outputs)
      else this.#traces.push('message')
    })
    this.#child.on('error', () => {})
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) stream.on('data', (chunk: Buffer) => this.#hear(chunk))
  }

  run({ bundle, code, input }: UnitToRun): Promise<UnitOutcome | undefined> {
    const unit = serialize({ bundle, code, inputs: decode(input) }).toString('base64')
    const { promise, resolve } = Promise.withResolvers<string | undefined>()
    this.#answer = resolve
    if (this.#child.connected) this.#child.send({ unit }, () => {})
    return promise.then(believed)
  }

  takeTraces(): string[] {
    return this.#traces.splice(0)
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await ended
  }

  #hear(chunk: Buffer): void {
    if (this.#traces.length < 5) this.#traces.push(`output ${chunk.subarray(0, 40)}`)
  }
}

export async function bareChildArena(sink: Sink): Promise<ProcessArena> {
  const folder = await Folder.make()
  const child = new BareChild()
  return {
    places: placesOf(sink, folder),
    weakened: true,
    memory: new KeptMemory(),
    run: (unit, patienceSeconds) => inTime(child.run(unit), patienceSeconds),
    look: async () => viewOf([...child.takeTraces(), ...(await folder.takeFiles())]),
    takeVisits: () => sink.takeVisits(),
    async close() {
      await child.end()
      await folder.remove()
    },
  }
}
