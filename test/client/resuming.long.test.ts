import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { connect, type DSage } from '../../sdk/node.ts'
import { privateFolder } from '../../web-worker-client/headless/identity.ts'
import { ServerProcess } from '../simulation/server-process.ts'
import { chromiumEngine } from '../support/browsers/chromium.ts'
import { VolunteerPage } from '../support/volunteer-page/volunteer-page.ts'

const MAIN = fileURLToPath(new URL('../../web-worker-client/headless/main.ts', import.meta.url))
/** Ends only where it goes on from a checkpoint. */
const bundle = `export const work = (_, ctx) => {
  const from = ctx.restored
  for (let i = from ?? 0; from === undefined || i < from + 1000; i++) if (i % 100_000 === 0) ctx.checkpoint(i)
  return from
}`

const home = mkdtempSync(join(tmpdir(), 'dsage-resuming-'))
let server: ServerProcess
let d: DSage
const workers: ChildProcess[] = []
beforeAll(async () => {
  server = await ServerProcess.start(home, undefined, () => ({ DSAGE_MINIMUM_LEASE_SECONDS: '30' }))
  d = await connect(server.url, { home })
})
// Also where a test ended early: its unit would run for ever, and be given to the next test's device.
afterEach(async () => {
  for (const one of workers.splice(0)) one.kill('SIGKILL')
  await d.killAll()
})
afterAll(async () => {
  await d.close()
  await server.stop()
  rmSync(home, { recursive: true, force: true })
})

function worker(): ChildProcess {
  const words = [MAIN, '--url', server.url, '--threads', '1', '--name', 'one', '--home', home, '--anonymous']
  const child = spawn(process.execPath, words, { stdio: 'ignore' })
  workers.push(child)
  return child
}

test('X19 a unit of a worker that is killed is gone on with by the worker that is started again', { timeout: 60_000 }, async () => {
  const job = d.map<undefined, number>({ bundle }, [undefined], { redundancy: 'none' })
  const first = worker()
  const kept = privateFolder(join(home, 'tmp_worker_files', 'checkpoints'))
  await expect.poll(() => kept.list(), { timeout: 20_000 }).toHaveLength(1)
  first.kill('SIGKILL')
  await once(first, 'close')
  const second = worker()
  expect((await job.wait())[0]).toBeGreaterThan(0)
  await expect.poll(() => kept.list()).toEqual([])
  second.kill('SIGTERM')
  await once(second, 'close')
})

test('X19 a unit of a tab that is reloaded is gone on with', { timeout: 60_000 }, async (context) => {
  context.skip(chromiumEngine.missing() !== undefined, chromiumEngine.missing())
  const [page, browser] = await Promise.all([VolunteerPage.start(Number(new URL(server.url).port)), chromiumEngine.launch()])
  const tab = await browser.open(page.url())
  const job = d.map<undefined, number>({ bundle }, [undefined], { redundancy: 'none' })
  await tab.evaluate('volunteer.start()')
  const kept = `new Promise((resolve) => {
    const opening = indexedDB.open('dsage-checkpoints')
    opening.onsuccess = () => {
      const count = opening.result.transaction('units').objectStore('units').count()
      count.onsuccess = () => resolve(count.result)
    }
  })`
  await expect.poll(() => tab.evaluate('volunteer.snapshot.threads.some((thread) => thread?.seconds > 2)'), { timeout: 20_000 }).toBe(true)
  await expect.poll(() => tab.evaluate(kept), { timeout: 20_000 }).toBe(1)
  await tab.goto(page.url())
  await tab.evaluate('volunteer.start()')
  expect((await job.wait())[0]).toBeGreaterThan(0)
  await expect.poll(() => tab.evaluate(kept)).toBe(0)
  await browser.close()
  await page.close()
})
