import { expect, test } from 'vitest'
import { sheetOf } from '../../sdk/cli/job.ts'
import { encodeOutputs } from '../../sdk/codec.ts'
import { connect } from '../../sdk/dsage.ts'
import type { JobProgress } from '../../sdk/job-watch.ts'
import type { JobSnapshot } from '../../sdk/protocol.ts'
import { runningText, withRunning } from '../../sdk/running-units.ts'
import { TestApp } from '../support/app.ts'
import { OWNER_KEY } from '../support/keys.ts'
import { ToldEngine } from '../support/told-engine.ts'

test('J46 what code says with ctx.progress comes to its researcher: in the job’s status, in onProgress, and from another process', async () => {
  const app = await TestApp.start()
  const d = await connect(app.url, { key: OWNER_KEY.privateKey })
  const device = new ToldEngine(app.url)
  const seen: JobProgress[] = []
  const onProgress = (progress: JobProgress) => void seen.push(progress)
  const job = d.map({ bundle: 'export const work = (n) => n' }, [5, 6, 7], { batch: 3, redundancy: 'none', onProgress })
  await device.engine.start()
  const { listener, end } = await device.run()
  listener.onProgress({ fraction: 0.4, note: 'step \u001b[2J' })
  device.clock.advance(2000)
  const running = [{ key: '0', inputs: 3, fraction: 0.4, note: 'step \\u{1b}[2J', seconds: 2 }]
  await expect.poll(() => job.status?.running).toEqual(running)
  await expect.poll(() => seen.at(-1)).toMatchObject({ fraction: 0, running })
  expect((await d.job(job.id)).status.running).toEqual(running)
  end(encodeOutputs([{ value: 1 }, { value: 2 }, { value: 3 }]))
  expect(await job.wait()).toEqual([1, 2, 3])
  expect([job.status!.running, seen.at(-1)]).toEqual([undefined, expect.objectContaining({ fraction: 1, running: [] })])
  await device.stop()
  await d.close()
  await app.close()
})

test('J46 what a device claims is a share, and safe to show, whatever it or its server says', () => {
  const snapshot = { job: 'j', running: [] } as unknown as Parameters<typeof withRunning>[0]
  const odd = [-1, 2, Number.NaN].map((fraction) => ({ key: '\u0007', inputs: 1, fraction, note: '\n'.repeat(300), seconds: 1 }))
  const { running } = withRunning(snapshot, odd)
  expect(running!.map(({ fraction }) => fraction)).toEqual([0, 1, 0])
  expect([running![0]!.key, running![0]!.note]).toEqual(['\\u{7}', '\\u{a}'.repeat(200)])
  expect(withRunning(snapshot, [])).not.toHaveProperty('running')
  expect(
    withRunning(
      snapshot,
      Array.from({ length: 200 }, () => odd[0]!),
    ).running,
  ).toHaveLength(100)
})

test('J49 the sheet of a job has a line for each of the twenty units that run longest', () => {
  const units = { open: 30, accepted: 0, sealed: 0, failed: 0, cancelled: 0 }
  const job = {
    job: 'j',
    name: 'n',
    state: 'running',
    kind: 'map',
    priority: 2,
    inputs: 30,
    failedInputs: 0,
    inputsComplete: true,
    ...{ redundancy: { quorum: 2 }, leases: 0, audits: 0, wasted: 0, unitsAlone: 0 },
  } as const
  const running = Array.from({ length: 30 }, (_, i) => ({ key: String(i), inputs: 1, fraction: i / 100, note: 'step', seconds: 99 - i }))
  const sheet = sheetOf({ ...job, units, unitSeconds: 0, createdAt: 0, running } as unknown as JobSnapshot)
  const lines = sheet.split('\n').filter((line) => line.startsWith('Running'))
  expect(lines).toHaveLength(20)
  expect(lines[3]).toMatch(/^Running +input 3: 3 % step, 96 s$/)
})

test('J49 a running unit is one line', () => {
  const unit = { key: '12', inputs: 3, fraction: 0.456, note: 'step 3', seconds: 9.6 }
  expect(runningText(unit)).toBe('inputs 12 to 14: 45 % step 3, 10 s')
  expect(runningText({ key: '12', inputs: 1, fraction: 1, seconds: 0 })).toBe('input 12: 100 %, 0 s')
  expect(runningText({ key: 'curve', inputs: 1, fraction: 0, seconds: 0 })).toBe('unit curve: 0 %, 0 s')
})
