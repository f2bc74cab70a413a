import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Refusal, VolunteerMessages } from '../../sdk/protocol.ts'
import { DevicePace } from '../../server/auth/device-pace.ts'
import { addressRange, Networks } from '../../server/networks.ts'
import { Client, helloOf, TestApp } from '../support/app.ts'

describe('V48 the pace of new devices', () => {
  function pace() {
    let now = 0
    const held = new DevicePace(() => now)
    /** New devices that this network is given when it asks for so many, each by a connection of its own. */
    const made = (network: string | null, asked = 300): number => {
      let count = 0
      for (let i = 0; i < asked; i++) {
        try {
          held.at(network)()
          count += 1
        } catch (error) {
          expect(error).toMatchObject({ code: 'too-many-devices', retryAfterMs: 10_000 })
        }
      }
      return count
    }
    return {
      made,
      pass: (milliseconds: number) => {
        now += milliseconds
      },
    }
  }

  test('V48 a network has 200 at once and two a second, another has its own, and what is no public address as many as it likes', () => {
    const { made, pass } = pace()
    expect([made('a'), made('b'), made('a'), made(null)]).toEqual([200, 200, 0, 300])
    pass(10_000)
    expect(made('a')).toBe(20)
    pass(3_600_000)
    expect(made('a')).toBe(200)
  })

  test('V48 of more than 4096 networks the one that came first is forgotten', () => {
    const { made } = pace()
    made('first')
    for (let i = 1; i < 4096; i++) made(`network ${i}`, 1)
    expect(made('first', 1)).toBe(0)
    made('one more', 1)
    expect(made('first', 1)).toBe(1)
  })
})

describe('V48 at the server', () => {
  let app: TestApp
  beforeEach(async () => {
    app = await TestApp.start({ networks: new Networks([addressRange('127.0.0.1')]) })
  })
  afterEach(() => app.close())

  const from = async (address: string) => new Client<VolunteerMessages>(await app.connect('/volunteer', {}, { 'x-forwarded-for': address }))
  /** Says hello as a new device until that is refused. */
  async function refusalOf(client: Client<VolunteerMessages>, most: number): Promise<Refusal | undefined> {
    for (let i = 0; i < most; i++) {
      const { error } = await client.say('hello', helloOf())
      if (error) return error
    }
    return undefined
  }

  test('V48 one connection is given eight, wherever it comes from, and goes on with each', async () => {
    const client = await app.stranger()
    const { device } = await client.ask('hello', helloOf())
    expect(await refusalOf(client, 7)).toBeUndefined()
    const refusal = await refusalOf(client, 1)
    expect(refusal).toMatchObject({ code: 'too-many-devices' })
    expect(refusal?.retryAfterMs).toBeUndefined()
    expect((await client.ask('hello', helloOf({ device }))).device).toEqual(device)
    expect(app.rows('SELECT count(*) AS devices FROM Device')).toEqual([{ devices: 8 }])
  })

  test('V48 a network that asks for more than people do is told when to come again; who is known, and others, come in', async () => {
    const known = await from('8.8.8.1')
    const { device } = await known.ask('hello', helloOf())
    let refusal: Refusal | undefined
    for (let i = 2; i < 200 && !refusal; i++) refusal = await refusalOf(await from(`8.8.8.${i}`), 8)
    expect(refusal).toMatchObject({ code: 'too-many-devices', retryAfterMs: 10_000 })
    expect((await known.ask('hello', helloOf({ device }))).device).toEqual(device)
    expect(await refusalOf(await from('9.9.9.9'), 1)).toBeUndefined()
  })
})
