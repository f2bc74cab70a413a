import type { Clock } from '../engine/clock.ts'
import type { Log } from '../engine/log.ts'
import type { FrameNews, FrameOrder, Loader } from '../sandbox/control-messages.ts'
import type { FrameMaker } from './page-frames.ts'
import { SandboxWorker } from './sandbox-worker.ts'

/** Until the frame has loaded and listens. */
const FRAME_READY_MS = 5000
/** Until a worker is ready: where `blob:` workers never run, some engines say nothing. */
const WORKER_READY_MS: Readonly<Record<Loader, number>> = { blob: 2000, data: 5000 }
/** Until an ended worker is said to be terminated. A worker may be ended because it computes for ever: this bounds how long it may go on. */
const TERMINATED_MS = 1000
/** How often a frame is asked whether it lives, and how long the answer may take: a frame can be killed for the memory that it takes. */
const PING_MS = 2000
const PONG_MS = 5000

/** The worker id of pings. */
const NOBODY = 0

let frames = 0

export interface SandboxFrameOptions {
  readonly maker: FrameMaker
  readonly loader: Loader
  readonly clock: Clock
  readonly log: Log
}

/** A sandbox frame as the engine sees it: a port that takes orders. A frame that does not carry one out in time is removed. */
export class SandboxFrame {
  readonly loader: Loader
  readonly #options: SandboxFrameOptions
  readonly #id = ++frames
  readonly #control: MessagePort
  readonly #readiness = Promise.withResolvers<boolean>()
  readonly #workers = new Map<number, SandboxWorker>()
  /** By worker: undoes the wait for an order to be carried out. */
  readonly #waits = new Map<number, () => void>()
  #spawned = NOBODY
  #closed = false
  /** Settles with whether the frame takes orders. */
  readonly ready: Promise<boolean> = this.#readiness.promise

  constructor(options: SandboxFrameOptions) {
    const { maker, loader, clock } = options
    this.#options = options
    this.loader = loader
    const { port1, port2 } = new MessageChannel()
    this.#control = port1
    port1.onmessage = ({ data }) => this.#hear(data as FrameNews)
    this.#waits.set(
      NOBODY,
      clock.after(FRAME_READY_MS, () => this.close()),
    )
    maker.open(this.#id, loader, port2)
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Only once the frame is ready. */
  spawn(): SandboxWorker {
    const id = ++this.#spawned
    const { port1, port2 } = new MessageChannel()
    const worker = new SandboxWorker({
      control: port1,
      clock: this.#options.clock,
      patienceMs: WORKER_READY_MS[this.loader],
      onEnd: () => this.#terminate(id),
    })
    this.#workers.set(id, worker)
    this.#order({ order: 'spawn', worker: id }, [port2])
    return worker
  }

  /** Ends what runs in it and removes it. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#readiness.resolve(false)
    for (const undo of this.#waits.values()) undo()
    this.#waits.clear()
    this.#control.close()
    this.#options.maker.close(this.#id)
    for (const worker of this.#workers.values()) worker.end('The sandbox frame was removed.')
    this.#workers.clear()
  }

  #hear(news: FrameNews): void {
    if (this.#closed) return
    if (news.news === 'failed') this.#failed(news.worker, news.why)
    else if (news.news === 'ready') this.#heard(NOBODY)
    else this.#heard(news.worker)
  }

  /** Why is for whoever looks into it: it names nothing a volunteer could change. */
  #failed(worker: number, why: string): void {
    this.#options.log.warn(`A ${this.loader} worker of the sandbox failed: ${why}`)
    this.#workers.get(worker)?.end('The worker could not start.')
  }

  #heard(worker: number): void {
    this.#waits.get(worker)?.()
    this.#waits.delete(worker)
    if (worker !== NOBODY) return
    this.#readiness.resolve(true)
    this.#waits.set(
      NOBODY,
      this.#options.clock.after(PING_MS, () => this.#expect({ order: 'ping', worker: NOBODY }, PONG_MS)),
    )
  }

  #terminate(worker: number): void {
    this.#workers.delete(worker)
    if (!this.#closed) this.#expect({ order: 'terminate', worker }, TERMINATED_MS)
  }

  #expect(order: FrameOrder, patienceMs: number): void {
    this.#order(order)
    this.#waits.set(
      order.worker,
      this.#options.clock.after(patienceMs, () => this.close()),
    )
  }

  #order(order: FrameOrder, ports: MessagePort[] = []): void {
    this.#control.postMessage(order, ports)
  }
}
