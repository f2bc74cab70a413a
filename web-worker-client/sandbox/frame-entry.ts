/** The inline script of both frames. Which loader its policy is for stands beside it, so that one text and one hash serve both. */
import type { Loader } from './control-messages.ts'
import { startFrame } from './frame-program.ts'

/** Put in by the build: the worker's program as text. */
declare const HARNESS: string

startFrame({ harness: HARNESS, loader: document.currentScript?.dataset.loader as Loader })
