import type { FrameMaker } from '../../web-worker-client/browser/page-frames.ts'
import type { FrameOrder, Loader, UnitOrder } from '../../web-worker-client/sandbox/control-messages.ts'

/** What a worker does with the port of a unit. */
export type FakeWork = (order: UnitOrder, port: MessagePort, worker: FakeWorker) => void

export interface FakeWorker {
  readonly frame: FakeFrame
  readonly id: number
  /** `fails`: its script does not run. `mute`: nothing is heard of it. */
  readonly manner: 'ready' | 'fails' | 'mute'
  units: number
}

/** How the frames of a page behave; what is absent behaves as it should. */
export interface FakeManners {
  /** Whether the frame ever listens. */
  readonly loads?: (loader: Loader) => boolean
  readonly worker?: (loader: Loader, id: number) => FakeWorker['manner']
  readonly obeys?: (order: FrameOrder['order']) => boolean
  /** Whether a worker says that it has taken a unit. */
  readonly takes?: (worker: FakeWorker) => boolean
  readonly work?: FakeWork
}

export interface FakeFrame {
  readonly id: number
  readonly loader: Loader
  /** Workers that were made and not terminated. */
  readonly workers: Map<number, FakeWorker>
  readonly spawned: FakeWorker[]
}

/** A page whose frames stand for the browser's: they speak the ports' language and run nothing. */
export class FakePage implements FrameMaker {
  manners: FakeManners
  readonly opened: FakeFrame[] = []
  readonly frames = new Map<number, FakeFrame>()
  readonly #ports = new Set<MessagePort>()

  constructor(manners: FakeManners = {}) {
    this.manners = manners
  }

  open(id: number, loader: Loader, control: MessagePort): void {
    const frame: FakeFrame = { id, loader, workers: new Map(), spawned: [] }
    this.opened.push(frame)
    this.frames.set(id, frame)
    this.#ports.add(control)
    if (this.manners.loads?.(loader) === false) return
    control.onmessage = ({ data, ports }) => this.#obey(frame, control, data as FrameOrder, ports[0])
    control.postMessage({ news: 'ready' })
  }

  close(id: number): void {
    this.frames.delete(id)
  }

  /** Lets the test's process end. */
  end(): void {
    for (const port of this.#ports) port.close()
  }

  #obey(frame: FakeFrame, control: MessagePort, { order, worker: id }: FrameOrder, port: MessagePort | undefined): void {
    if (!this.frames.has(frame.id) || this.manners.obeys?.(order) === false) return
    if (order === 'spawn') {
      this.#spawn(frame, control, id, port!)
      return
    }
    if (order === 'terminate') frame.workers.delete(id)
    control.postMessage({ news: 'done', worker: id, order })
  }

  #spawn(frame: FakeFrame, control: MessagePort, id: number, port: MessagePort): void {
    const manner = this.manners.worker?.(frame.loader, id) ?? 'ready'
    const worker: FakeWorker = { frame, id, manner, units: 0 }
    frame.spawned.push(worker)
    frame.workers.set(id, worker)
    this.#ports.add(port)
    if (manner === 'fails') control.postMessage({ news: 'failed', worker: id, why: 'a test' })
    if (manner !== 'ready') return
    port.onmessage = ({ data, ports }) => {
      worker.units += 1
      if (this.manners.takes?.(worker) !== false) port.postMessage('taken')
      this.manners.work?.(data as UnitOrder, ports[0]!, worker)
    }
    port.postMessage('ready')
  }
}
