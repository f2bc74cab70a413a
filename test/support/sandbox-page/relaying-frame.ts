/** The frame's program, but one that passes on to the page whatever a worker posts. */
import type { Loader } from '../../../web-worker-client/sandbox/control-messages.ts'
import { startFrame } from '../../../web-worker-client/sandbox/frame-program.ts'

declare const HARNESS: string

startFrame({
  harness: HARNESS,
  loader: document.currentScript?.dataset.loader as Loader,
  onWorker: (worker) => {
    worker.onmessage = ({ data }) => parent.postMessage(data, '*')
  },
})
