/** The page: makes frames for the engine's worker and offers the driver `runUnit`, with bytes as base64. */
import * as Comlink from 'comlink'
import { PageFrames } from '../../../web-worker-client/browser/page-frames.ts'
import type { TestEngine } from './engine.ts'
import { base64Of, type PlainOutcome, type PlainUnit, plainOutcome, unitOf } from './plain.ts'

const asked = new URL(location.href).searchParams
const engine = Comlink.wrap<TestEngine>(new Worker('/engine.js'))
const frames = new PageFrames(asked.get('frames') ?? location.origin)
const ready = engine.start(Comlink.proxy(frames), Number(asked.get('threads') ?? 1), asked.has('imports'))

/** Messages that reached this window: nothing of the product ever sends one. */
let heard = 0
addEventListener('message', () => heard++)

async function runUnit(unit: PlainUnit, thread = 0): Promise<PlainOutcome | undefined> {
  await ready
  const outcome = await engine.run(thread, unitOf(unit))
  return outcome && plainOutcome(outcome)
}

async function checkpointOf(unit: PlainUnit): Promise<string> {
  await ready
  return base64Of(await engine.runToCheckpoint(0, unitOf(unit)))
}

Object.assign(globalThis, {
  runUnit,
  checkpointOf,
  abortUnit: (thread = 0) => engine.abort(thread),
  progressed: () => engine.progressed(),
  troubled: () => engine.troubled(),
  heard: () => heard,
  frames: () => Array.from(document.querySelectorAll('iframe'), (frame) => frame.src),
  removeFrames: () => {
    for (const frame of document.querySelectorAll('iframe')) frame.remove()
  },
})
