/**
 * The portal's own dedicated worker, in which the engine lives: a page's timers are slowed down when nobody looks at it, a worker's are not.
 * A page makes it with `new Worker(new URL('…/engine-worker.ts', import.meta.url), { type: 'module' })`, which its bundler understands.
 */
import * as Comlink from 'comlink'
import { AwakeClock } from './awake-clock.ts'
import { EngineService } from './engine-service.ts'

const clock = new AwakeClock({
  now: () => performance.now(),
  after(milliseconds, run) {
    const timer = setTimeout(run, milliseconds)
    return () => clearTimeout(timer)
  },
})

Comlink.expose(new EngineService(clock, { info: console.info, warn: console.warn }))
