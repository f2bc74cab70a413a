import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { server } from '../../sdk/local/server.ts'

test('J23 servers that are started at one moment take different ports, and each that had to move says so', async () => {
  const homes = Array.from({ length: 4 }, () => mkdtempSync(join(tmpdir(), 'dsage-ports-')))
  const said: string[] = []
  const started = await Promise.allSettled(homes.map((home) => server({ home, say: (sentence) => said.push(sentence) })))
  const running = started.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
  await Promise.all(running.map((each) => each.stop()))
  for (const home of homes) rmSync(home, { recursive: true, force: true })
  expect(started.filter(({ status }) => status === 'rejected')).toEqual([])
  const urls = running.map(({ url }) => url)
  expect(new Set(urls).size).toBe(homes.length)
  const moved = urls.filter((url) => !url.endsWith(':8082'))
  expect(moved.length).toBeGreaterThanOrEqual(homes.length - 1)
  expect(said.sort()).toEqual(moved.map((url) => `Port 8082 is taken; the server listens at ${url} instead.`).sort())
})
