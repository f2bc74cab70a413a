import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { connect } from '../../sdk/node.ts'
import { ServerProcess } from '../simulation/server-process.ts'
import { SimulatedDevice } from '../simulation/simulated-device.ts'

test('K23 results that were being judged when the server was killed are judged once it is back, and computed once', async () => {
  const home = mkdtempSync(join(tmpdir(), 'dsage-verify-'))
  const server = await ServerProcess.start(home)
  const device = new SimulatedDevice({ url: server.url, compute: (n) => n * n, most: 4, onMoment: () => {} })
  const d = await connect(server.url, { home, answerTimeoutMs: 5000 })
  try {
    const job = d.map((n: number) => n * n, [1, 2, 3, 4], {
      ...{ batch: 1, ownDevices: false },
      // Long enough that the server is killed while the first are being judged.
      verify: (n, square) => {
        let rest = 0
        for (let i = 0; i < 300_000_000; i++) rest = (rest + i) | 0
        return square === n * n && rest !== 0.5
      },
    })
    // The first is judged, so the server has taken up the others too.
    const first = await job[Symbol.asyncIterator]().next()
    expect(first.value).toMatchObject({ state: 'sealed', verified: true })
    server.kill()
    await server.restart()
    const waiting = async () =>
      (await d.connection.request('record', { job: job.id, after: '', limit: 10 })).units.flatMap(({ leases }) => leases)
    expect((await waiting()).filter(({ state }) => state === 'checking').length).toBeGreaterThan(0)
    expect(await job.wait()).toEqual([1, 4, 9, 16])
    const { units, leases } = (await d.job(job.id)).status
    expect([units.sealed, leases]).toEqual([4, 4])
  } finally {
    device.close()
    await d.close()
    await server.stop()
    rmSync(home, { recursive: true, force: true })
  }
})
