import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { decode } from '../../sdk/codec.ts'
import { DistributedFunction, type ProcessedUnit } from '../../sdk/distributed-function.ts'
import { connect, type DSage } from '../../sdk/dsage.ts'
import { DistributedFunctionTest } from '../../sdk/functions/distributed-function-test.ts'
import { localFiles } from '../../sdk/local/local-files.ts'
import type { UnitSpec } from '../../sdk/protocol.ts'
import { readSaved } from '../../sdk/saved-file.ts'
import { OWNER_KEY } from '../support/keys.ts'
import { type ScriptedServer, scriptedServer } from './scripted-server.ts'

let server: ScriptedServer
let directory: string
const open: DSage[] = []
const client = async () => {
  const d = await connect(server.url, { key: OWNER_KEY.privateKey, files: localFiles })
  open.push(d)
  return d
}
const inputOf = (unit: UnitSpec) => (decode(unit.input) as unknown[])[0]
const added = () => server.asked.filter(({ event }) => event === 'add').flatMap(({ message }) => message.units!.map(({ key }) => key))
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'dsage-saved-'))
})
afterEach(async () => {
  for (const d of open.splice(0)) await d.close()
  await server?.close()
  rmSync(directory, { recursive: true, force: true })
})

/** A server that answers `most` units and then no more until told. */
async function slowServer(most: number) {
  let left = most
  const kept: (() => void)[] = []
  server = await scriptedServer((unit, job) => {
    const decide = () => server.decide(job, 'sealed', unit.key, [{ value: inputOf(unit) }])
    if (left-- > 0) setImmediate(decide)
    else kept.push(decide)
  })
  return () => {
    left = Number.POSITIVE_INFINITY
    for (const decide of kept.splice(0)) decide()
  }
}

it('J17 a computation whose client lost its server goes on by its id, and what was decided is not sent again', async () => {
  const goOn = await slowServer(30)
  const first = await client()
  const lost = new DistributedFunctionTest(first, 100, { concurrent: 7 }).start()
  await expect.poll(() => lost.processedJobs.length).toBe(30)
  const end = expect(lost.wait()).rejects.toMatchObject({ name: 'NotConnected' })
  await first.close()
  await end
  expect(server.jobs.get(lost.id!)!.state).toBe('running')
  server.asked.length = 0
  const restored = await DistributedFunctionTest.restore(await client(), lost.id!, 100, { concurrent: 7 })
  await expect.poll(() => added().length).toBe(7)
  expect(added()).toEqual(['31', '32', '33', '34', '35', '36', '37'])
  goOn()
  expect(await restored.wait()).toBe(5050)
  expect([restored.id, server.jobs.size, server.jobs.get(lost.id!)!.units.size]).toEqual([lost.id, 1, 100])
})

it('J17 one that was lost before its job existed is started, and one that was done gives its result again', async () => {
  await slowServer(1000)
  const job = 'ab'.repeat(16)
  const file = join(directory, 'sum')
  const made = await DistributedFunctionTest.restore(await client(), job, 20)
  expect([await made.wait(), made.id]).toEqual([210, job])
  expect(await made.save(file)).toBe(job)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  server.asked.length = 0
  expect(await (await DistributedFunctionTest.restore(await client(), file, 20)).wait()).toBe(210)
  expect(added()).toEqual([])
})

it('J17 a saved file that is damaged, foreign or newer is named', async () => {
  await slowServer(0)
  const d = await client()
  const file = join(directory, 'saved')
  const f = new DistributedFunctionTest(d, 5)
  await expect(f.save(file)).rejects.toThrow('start() it')
  await f.start().save(file)
  const text = readFileSync(file, 'utf8')
  for (const [content, words] of [
    [text.slice(0, -9), 'damaged'],
    ['\u001b[2J', "damaged: Unexpected token '\\u{1b}'"],
    [text.replace('DistributedFunctionTest', 'Another'), 'a saved Another'],
    [text.replace('"version":1', '"version":2'), 'newer'],
    ['{}', 'something else'],
  ] as const) {
    writeFileSync(file, content)
    await expect(DistributedFunctionTest.restore(d, file, 5), words).rejects.toThrow(words)
    await expect(DistributedFunctionTest.restore(d, file, 5)).rejects.toThrow(file)
  }
  await expect(DistributedFunctionTest.restore(d, join(directory, 'none'), 5)).rejects.toThrow('ENOENT')
})

it('J17 a saved state is what it was between two results, though it changes while it is written', async () => {
  class Collect extends DistributedFunction<number, number, number[]> {
    override result: number[] = []
    protected readonly work = (n: number) => n
    saving: Promise<unknown>[] = []
    next = 0
    protected override nextJob() {
      return this.next < 40 ? { key: String(this.next), input: this.next++ } : undefined
    }
    protected override processResult({ output }: ProcessedUnit<number, number>) {
      this.result.push(output!)
      if (this.result.length < 30) this.saving.push(this.saveLater(this.result.length))
      this.done = this.result.length === 40
    }
    /** So many turns of the microtask queue later: at any moment of what goes on between two results. */
    async saveLater(turns: number) {
      for (let turn = 0; turn < turns; turn++) await undefined
      await this.save(join(directory, String(turns)))
    }
    protected override saveState() {
      return { result: this.result, next: this.next }
    }
  }
  await slowServer(1000)
  const f = new Collect(await client(), { concurrent: 40 })
  await f.wait()
  await Promise.all(f.saving)
  expect(f.saving).toHaveLength(29)
  for (let i = 1; i < 30; i++) {
    const { state } = await readSaved(localFiles, join(directory, String(i)), 'Collect')
    const { run, own } = state as { run: { processed: unknown[] }; own: { result: number[] } }
    expect(own.result).toHaveLength(run.processed.length)
  }
})
