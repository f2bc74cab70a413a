/** The worker of the test page: what computes in the product, without server and queue. */
import * as Comlink from 'comlink'
import { browserThreads } from '../../../web-worker-client/browser/browser-threads.ts'
import { type OfferedFrames, remoteFrames } from '../../../web-worker-client/browser/remote-frames.ts'
import { systemClock } from '../../../web-worker-client/engine/clock.ts'
import type { SandboxThread, UnitOutcome, UnitToRun } from '../../../web-worker-client/engine/sandbox-thread.ts'

let threads: SandboxThread[] = []
let troubled = false
const progressed = Promise.withResolvers<void>()
const log = { info: console.info, warn: console.warn }

/** In place of the parser that finds imports. */
const AS_THEY_ARE = { get: async (_digest: string, code: string) => ({ code }) }

const engine = {
  start(frames: OfferedFrames, count: number, importsStay: boolean): void {
    const onTrouble = (isTroubled: boolean) => (troubled = isTroubled)
    const spawn = browserThreads({
      maker: remoteFrames(frames),
      clock: systemClock,
      log,
      onTrouble,
      ...(importsStay && { bundles: AS_THEY_ARE }),
    })
    threads = Array.from({ length: count }, spawn)
  },
  run: (thread: number, unit: UnitToRun): Promise<UnitOutcome | undefined> =>
    threads[thread]!.run(unit, { onProgress: () => progressed.resolve(), onCheckpoint: () => {} }),
  /** Resolves once a unit has told its progress, so that it is running. */
  progressed: (): Promise<void> => progressed.promise,
  /** Runs a unit until it keeps a checkpoint; gives that. */
  runToCheckpoint: (thread: number, unit: UnitToRun): Promise<Uint8Array> =>
    new Promise((resolve, reject) => {
      const onCheckpoint = (bytes: Uint8Array) => {
        resolve(bytes)
        threads[thread]!.abort()
      }
      void threads[thread]!.run(unit, { onProgress: () => {}, onCheckpoint }).then(() => reject(new Error('It ended before.')))
    }),
  abort: (thread: number): void => threads[thread]!.abort(),
  troubled: (): boolean => troubled,
}
export type TestEngine = typeof engine

Comlink.expose(engine)
