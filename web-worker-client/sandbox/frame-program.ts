/**
 * The program of the sandbox frame: makes workers and ends them, nothing else. No job code ever runs in this window, and what a worker
 * posts to it is not listened to: only the engine is heard, through the one port that the page handed in.
 */
import type { FrameNews, FrameOrder, Loader } from './control-messages.ts'

export interface FrameProgram {
  /** Text of the script each worker runs. */
  readonly harness: string
  readonly loader: Loader
  /** For tests that show what not listening to workers is good for. */
  readonly onWorker?: (worker: Worker) => void
}

class Workers {
  readonly #url: string
  readonly #tell: (news: FrameNews) => void
  readonly #onWorker: FrameProgram['onWorker']
  readonly #workers = new Map<number, Worker>()

  constructor({ harness, loader, onWorker }: FrameProgram, tell: (news: FrameNews) => void) {
    this.#url =
      loader === 'data'
        ? `data:text/javascript;charset=utf-8,${encodeURIComponent(harness)}`
        : URL.createObjectURL(new Blob([harness], { type: 'text/javascript' }))
    this.#tell = tell
    this.#onWorker = onWorker
  }

  obey({ order, worker }: FrameOrder, port: MessagePort | undefined): void {
    if (order === 'spawn') {
      this.#spawn(worker, port!)
      return
    }
    if (order === 'terminate') {
      this.#workers.get(worker)?.terminate()
      this.#workers.delete(worker)
    }
    this.#tell({ news: 'done', worker, order })
  }

  /** Some engines throw where others fire `error`, and some say nothing: the engine waits no longer than its patience. */
  #spawn(id: number, port: MessagePort): void {
    try {
      const worker = new Worker(this.#url)
      this.#workers.set(id, worker)
      worker.onerror = (event) => {
        event.preventDefault()
        this.#tell({ news: 'failed', worker: id, why: event.message || 'its script did not load' })
      }
      this.#onWorker?.(worker)
      worker.postMessage(null, [port])
    } catch (error) {
      this.#tell({ news: 'failed', worker: id, why: String(error) })
    }
  }
}

/** Listens for the page's one message; `frame-ancestors` says who may be that page. */
export function startFrame(program: FrameProgram): void {
  const first = (event: MessageEvent) => {
    const control = event.ports[0]
    if (window.parent === window || event.source !== window.parent || !control) return
    window.removeEventListener('message', first)
    const workers = new Workers(program, (news) => control.postMessage(news))
    control.onmessage = ({ data, ports }) => workers.obey(data as FrameOrder, ports[0])
    control.postMessage({ news: 'ready' } satisfies FrameNews)
  }
  window.addEventListener('message', first)
}
