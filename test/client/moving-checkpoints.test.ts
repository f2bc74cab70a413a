import { describe, expect, test } from 'vitest'
import { encodeOutputs } from '../../sdk/codec.ts'
import { connect } from '../../sdk/dsage.ts'
import { LIMITS } from '../../sdk/protocol.ts'
import { MovingCheckpoints } from '../../web-worker-client/engine/moving-checkpoints.ts'
import type { HeldUnit } from '../../web-worker-client/engine/pool.ts'
import { TestApp } from '../support/app.ts'
import { OWNER_KEY } from '../support/keys.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { describeStore } from '../support/store-kit.ts'
import { ToldEngine } from '../support/told-engine.ts'

const bytes = (text: string) => new Uint8Array(Buffer.from(text))

describe('what a device sends', () => {
  const unit = (lease: string, checkpoint?: 'here' | 'elsewhere'): HeldUnit =>
    ({
      leased: { lease, job: 'j', input: bytes('in'), seed: new Uint8Array(16), ...(checkpoint && { checkpoint }) },
      brief: { job: 'j', bundle: 'b' },
    }) as HeldUnit

  function keeping(answers: { kept?: boolean; server?: Uint8Array } = {}) {
    const clock = new ManualClock()
    const sent: [number, string][] = []
    const kept = new MovingCheckpoints({
      ...{ folder: undefined, device: () => 'd', log: { info: () => {}, warn: () => {} }, clock },
      send: async (_, newest) => {
        sent.push([clock.now(), Buffer.from(newest).toString()])
        return answers.kept ?? true
      },
      fetch: async () => answers.server,
    })
    return { clock, sent, kept }
  }

  test('X24 the newest is sent when its unit has kept some for ten seconds, then each thirty seconds at most', async () => {
    const { clock, sent, kept } = keeping()
    for (let second = 1; second <= 75; second++) {
      clock.advance(1000)
      kept.keep(unit('l'), bytes(`at ${second}`))
    }
    expect(sent).toEqual([11, 41, 71].map((second) => [second * 1000, `at ${second}`]))
  })

  test('X24 what is given back is sent first, unless the server has it or the unit is over; what is too large never is', async () => {
    const { clock, sent, kept } = keeping()
    for (const lease of ['sent', 'newer', 'over', 'large', 'taken']) kept.keep(unit(lease), bytes(lease))
    clock.advance(10_000)
    kept.keep(unit('sent'), bytes('sent'))
    kept.keep(unit('large'), new Uint8Array(LIMITS.movedCheckpointBytes + 1))
    kept.forget(unit('over'))
    kept.abandon(['taken'])
    sent.length = 0
    expect(['sent', 'newer', 'over', 'taken', 'none'].filter((lease) => kept.hasNews(lease))).toEqual(['newer'])
    await kept.handOver(['sent', 'newer', 'over', 'taken', 'none'])
    expect(sent.map(([, text]) => text)).toEqual(['newer'])
    expect(kept.hasNews('newer')).toBe(false)
  })

  test('X24 one that the server did not keep is news still', async () => {
    const { clock, sent, kept } = keeping({ kept: false })
    kept.keep(unit('l'), bytes('first'))
    clock.advance(10_000)
    kept.keep(unit('l'), bytes('second'))
    await new Promise((resolve) => setImmediate(resolve))
    expect([sent.length, kept.hasNews('l')]).toEqual([1, true])
  })

  test('X24 what another device kept counts before what this one did, and what cannot be had costs nothing', async () => {
    const { kept } = keeping({ server: bytes('from the server') })
    expect(await kept.get(unit('a'))).toBeUndefined()
    expect(await kept.get(unit('a', 'here'))).toEqual(bytes('from the server'))
    kept.keep(unit('a'), bytes('mine'))
    await expect.poll(() => kept.get(unit('b', 'here'))).toEqual(bytes('mine'))
    expect(await kept.get(unit('b', 'elsewhere'))).toEqual(bytes('from the server'))
    const offline = keeping()
    expect(await offline.kept.get(unit('b', 'elsewhere'))).toBeUndefined()
    const tooLarge = keeping({ server: new Uint8Array(LIMITS.movedCheckpointBytes + 1) })
    expect(await tooLarge.kept.get(unit('b', 'elsewhere'))).toBeUndefined()
  })
})

describeStore((kit) => {
  test('X25 over sockets: what a device kept before it went is where the account’s next one goes on, and no stranger', async () => {
    const app = await TestApp.start({ store: kit().store })
    const d = await connect(app.url, { key: OWNER_KEY.privateKey })
    const login = { session: () => app.session(), forget: () => {} }
    const job = d.map({ bundle: 'export const work = (n) => n' }, [5], { ownDevices: false, redundancy: 'none' })
    const strict = d.map({ bundle: 'export const work = (n) => n + 1' }, [6], { name: 'strict', redundancy: { quorum: 2 } })
    const devices: ToldEngine[] = []
    const sweep = () => {
      app.timers.advance(1000) // what a device was just being given when it went comes back after the grace
      return app.app.sweeper.runOnce()
    }
    /** An engine that starts, and the units of both jobs as its two threads get them. */
    const lends = async (change: ConstructorParameters<typeof ToldEngine>[1]) => {
      const device = new ToldEngine(app.url, { threads: 2, ...change })
      devices.push(device)
      await device.engine.start()
      const runs = [await device.runAfter(sweep), await device.runAfter(sweep)]
      return { device, runs: Map.groupBy(runs, ({ unit }) => unit.job) }
    }
    await expect.poll(() => strict.status?.units.open).toBe(1)
    const first = await lends({ login })
    for (const { id } of [job, strict]) first.runs.get(id)![0]!.listener.onCheckpoint!(bytes(`of ${id}`))
    await first.device.stop()
    await kit().age(6000)
    const stranger = await lends({})
    const seen = (runs: typeof first.runs, id: string) => runs.get(id)![0]!.unit.checkpoint
    expect([seen(stranger.runs, job.id), seen(stranger.runs, strict.id)]).toEqual([bytes(`of ${job.id}`), undefined])
    await stranger.device.stop()
    await kit().age(6000)
    const second = await lends({ login })
    const run = second.runs.get(strict.id)![0]!
    expect(run.unit.checkpoint).toEqual(bytes(`of ${strict.id}`))
    run.end(encodeOutputs([{ value: 7 }]))
    expect(await strict.wait()).toEqual([7])
    for (const device of devices) await device.stop()
    await job.kill()
    await d.close()
    await app.close()
  })
})
