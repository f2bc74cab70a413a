import { expect, test } from 'vitest'
import { AwakeClock } from '../../web-worker-client/browser/awake-clock.ts'
import { engineClass } from '../../web-worker-client/browser/engine-class.ts'
import { whatIsMissing } from '../../web-worker-client/browser/what-is-missing.ts'
import { ManualTimers } from '../support/manual-timers.ts'

/** A device whose time passes when told to; asleep, time passes and nothing runs until it wakes. */
class Device {
  readonly #timers = new ManualTimers()
  #now = 0
  readonly ticking = { now: () => this.#now, after: (milliseconds: number, run: () => void) => this.#timers.after(milliseconds, run) }

  wake(milliseconds: number): void {
    for (let passed = 0; passed < milliseconds; passed += 10) {
      this.#now += 10
      this.#timers.advance(10)
    }
  }
  sleep(milliseconds: number): void {
    this.#now += milliseconds
    this.#timers.advance(milliseconds)
  }
}

test('U5 time that a frozen page slept through is nobody’s deadline', () => {
  const device = new Device()
  const clock = new AwakeClock(device.ticking)
  let isDue = false
  clock.after(60_000, () => {
    isDue = true
  })
  device.wake(30_000)
  expect(clock.now()).toBeCloseTo(30_000, -2)
  device.sleep(3_600_000)
  expect(isDue).toBe(false)
  expect(clock.now()).toBeLessThan(31_000)
  device.wake(29_000)
  expect(isDue).toBe(false)
  device.wake(1_500)
  expect(isDue).toBe(true)
})

test('U5 a device that is only busy misses its deadlines as ever, and what is undone never comes due', () => {
  const device = new Device()
  const clock = new AwakeClock(device.ticking)
  const due: string[] = []
  clock.after(2000, () => due.push('kept'))
  clock.after(2000, () => due.push('undone'))()
  device.sleep(4000)
  expect(due).toEqual(['kept'])
  expect(clock.now()).toBe(4000)
})

test.each([
  ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36', 'v8-156'],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0', 'spidermonkey-153'],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/156.0 Mobile/15E148',
    'javascriptcore-605',
  ],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15',
    'javascriptcore-26',
  ],
  ['curl/8', 'unknown'],
])('U1 a device is labelled with its engine: %s', (userAgent, engine) => {
  expect(engineClass(userAgent)).toBe(engine)
})

test('U3 what a browser or an address lacks is named', () => {
  const whole = { isSecureContext: true, Worker: class {}, WebAssembly: {}, indexedDB: {} } as unknown as typeof globalThis
  expect(whatIsMissing(whole)).toEqual([])
  expect(whatIsMissing({ ...whole, isSecureContext: false })).toEqual(['insecure-context'])
  const forbidden = Object.defineProperty({ ...whole }, 'indexedDB', {
    get() {
      throw new Error('The operation is insecure.')
    },
  })
  expect(whatIsMissing(forbidden)).toEqual(['no-storage'])
  expect(whatIsMissing({})).toEqual(['insecure-context', 'no-workers', 'no-webassembly', 'no-storage'])
})
