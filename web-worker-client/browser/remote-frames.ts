import * as Comlink from 'comlink'
import type { FrameMaker } from './page-frames.ts'

/** The frames as a page hands them over. */
export type OfferedFrames = FrameMaker & Comlink.ProxyMarked

/** The page's frames, asked from the engine's worker. Both are ours: nothing a job says passes here. */
export function remoteFrames(offered: OfferedFrames): FrameMaker {
  const page = offered as unknown as Comlink.Remote<FrameMaker>
  return {
    open: (id, loader, control) => void page.open(id, loader, Comlink.transfer(control, [control])),
    close: (id) => void page.close(id),
  }
}
