import type { Loader } from '../sandbox/control-messages.ts'

/** Makes and removes sandbox frames for an engine that has no document. */
export interface FrameMaker {
  /** Makes frame `id` and hands it `control` once it has loaded. Whether it works, only what comes through the port can say. */
  open(id: number, loader: Loader, control: MessagePort): void
  /** Removes the frame with everything that runs in it; nothing when there is none. */
  close(id: number): void
}

/** The frames of a page: all that it has to do with the sandbox. It listens to none of them. */
export class PageFrames implements FrameMaker {
  readonly #origin: string
  readonly #frames = new Map<number, HTMLIFrameElement>()

  /** @param origin where the frames are served, for example `https://dsage.example:8081` */
  constructor(origin: string) {
    this.#origin = origin
  }

  open(id: number, loader: Loader, control: MessagePort): void {
    const frame = document.createElement('iframe')
    frame.setAttribute('sandbox', 'allow-scripts')
    frame.setAttribute('allow', 'cross-origin-isolated')
    frame.setAttribute('aria-hidden', 'true')
    frame.tabIndex = -1
    frame.hidden = true
    // '*' because the frame's origin is opaque; the frame is this page's own and its policy names who may embed it.
    frame.addEventListener('load', () => frame.contentWindow?.postMessage(null, '*', [control]), { once: true })
    frame.src = new URL(`/sandbox/${loader}.html`, this.#origin).href
    this.#frames.set(id, frame)
    document.body.append(frame)
  }

  close(id: number): void {
    this.#frames.get(id)?.remove()
    this.#frames.delete(id)
  }

  /** When there is no engine any more that could ask for it. */
  closeAll(): void {
    for (const id of [...this.#frames.keys()]) this.close(id)
  }
}
