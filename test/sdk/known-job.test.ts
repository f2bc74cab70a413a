import { afterEach, expect, test } from 'vitest'
import { encode, encodeOutputs, type OutputItem } from '../../sdk/codec.ts'
import { connect, type DSage } from '../../sdk/dsage.ts'
import { asks, TestApp } from '../support/app.ts'
import { OWNER_KEY } from '../support/keys.ts'
import { CODE, jobSpec } from '../support/store-kit.ts'

let app: TestApp
let d: DSage
afterEach(async () => {
  await d.close()
  await app.close()
})
async function start() {
  app = await TestApp.start()
  d = await connect(app.url, { key: OWNER_KEY.privateKey })
}

/** A job of a client that is gone, of a unit for each list of inputs, each answered. */
async function abandoned(lists: readonly (readonly unknown[])[], answers: readonly OutputItem[][], change: object, complete = true) {
  const spec = jobSpec({ redundancy: 'none', ...change })
  let start = 0
  const units = lists.map((list) => {
    const unit = { key: String(start), input: encode(list), inputs: list.length }
    start += list.length
    return unit
  })
  const researcher = await app.researcher()
  await researcher.ask('submit', { spec, code: CODE, units, inputsComplete: complete })
  researcher.close()
  const volunteer = await app.volunteer()
  const { leases } = await volunteer.ask('lease', { ...asks, seconds: 1000 })
  const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
  const answerTo = new Map(units.map(({ input }, i) => [hexOf(input), answers[i]!]))
  const results = leases.map(({ lease, input }) => ({ lease, output: encodeOutputs(answerTo.get(hexOf(input))!), seconds: 0.01 }))
  await volunteer.ask('return', { results })
  return spec.job
}

test('J16 an own job is taken up by its id: its state, its results with their inputs, and its values in order', async () => {
  await start()
  const id = await abandoned([['a', 'b'], ['c']], [[{ value: 1 }, { value: 2 }], [{ value: 3 }]], { name: 'letters' })
  const job = await d.job<number, string>(id)
  expect([job.id, job.name, job.state, String(job)]).toEqual([id, 'letters', 'finished', 'Job letters: finished, 2 of 2 units decided'])
  const results = []
  for await (const { index, input, value } of job) results.push([index, input, value])
  expect(results.toSorted()).toEqual([
    [0, 'a', 1],
    [1, 'b', 2],
    [2, 'c', 3],
  ])
  expect(await job.wait()).toEqual([1, 2, 3])
  const single = await abandoned([[undefined]], [[{ value: 4n }]], { kind: 'eval' })
  expect(await (await d.job(single)).wait()).toBe(4n)
})

test('J16 a failed input of a job that was taken up is named, with how many there are', async () => {
  await start()
  const error = { name: 'RangeError', message: 'too large' }
  const id = await abandoned([['a', 'b', 'c']], [[{ value: 1 }, { error }, { error }]], {})
  const job = await d.job(id)
  await expect(job.wait()).rejects.toMatchObject({
    code: 'job-failed',
    index: 1,
    error,
    message: expect.stringContaining('2 inputs failed'),
  })
  const failed = []
  for await (const result of job) if (result.error !== undefined) failed.push([result.index, result.input, result.error])
  expect(failed).toEqual([
    [1, 'b', error],
    [2, 'c', error],
  ])
})

test('J16 a job whose client is gone is not waited for beyond patience, and complete() finishes it with what arrived', async () => {
  await start()
  const id = await abandoned([[7]], [[{ value: 8 }]], { name: 'half' }, false)
  const job = await d.job(id, { patience: 0 })
  await expect(job.wait()).rejects.toMatchObject({ code: 'inputs-incomplete', job: id, inputs: 1 })
  await job.complete()
  expect([await job.wait(), job.state]).toEqual([[8], 'finished'])
})

test('J16 a job that was taken up is paused, resumed and killed, and only its class gives what a distributed function computes', async () => {
  await start()
  const researcher = await app.researcher()
  const job = await d.job(await app.submit(researcher, 3, { kind: 'function', name: 'chain' }))
  await job.pause()
  expect(job.state).toBe('paused')
  await job.resume()
  expect(job.state).toBe('running')
  await job.resume()
  await expect(job.wait()).rejects.toThrow('X.restore(d, id)')
  await job.kill()
  await expect(job.resume()).rejects.toThrow('got one that is cancelled: submit it anew')
  expect(job.state).toBe('cancelled')
  const map = await d.job(await app.submit(researcher, 3))
  await expect(map.wait({ timeout: 0 })).rejects.toMatchObject({ code: 'timed-out' })
  const end = expect(map.wait()).rejects.toMatchObject({ code: 'job-cancelled' })
  await map.kill()
  await end
})

test('J16 own jobs are found by state and name, and all of them are killed; those of others are unknown', async () => {
  await start()
  const researcher = await app.researcher()
  const many = await Promise.all(Array.from({ length: 200 }, () => app.submit(researcher, 1, { name: 'many' })))
  const jobs: string[] = []
  for (const name of ['even', 'odd', 'even', 'odd', 'even']) jobs.unshift(await app.submit(researcher, 1, { name }))
  const accountId = await app.store.ensureAccount('somebody else', 'researcher')
  const other = jobSpec({ visibility: 'public' })
  await app.store.transact((tx) => tx.createJob(other, CODE, accountId))
  const ids = async (options?: Parameters<DSage['getMyJobs']>[0]) => (await d.getMyJobs(options)).map(({ job }) => job)
  const all = await ids({ limit: 1000 })
  expect([all.slice(0, 5), all.slice(5).toSorted()]).toEqual([jobs, many.toSorted()])
  expect([await ids(), await ids({ limit: 3 })]).toEqual([all.slice(0, 100), all.slice(0, 3)])
  await d.kill(jobs[0]!)
  expect(await ids({ active: false })).toEqual([jobs[0]])
  expect(await ids({ active: true, name: 'odd', limit: 2 })).toEqual([jobs[1], jobs[3]])
  expect([await d.killAll(), await d.killAll(), await ids({ active: true })]).toEqual([204, 0, []])
  await expect(d.job(other.job)).rejects.toMatchObject({ code: 'unknown-job' })
  await expect(d.job('chain')).rejects.toThrow('getMyJobs')
  await expect(d.job(jobs[0]!, { patience: -1 })).rejects.toThrow('patience')
  await expect(d.job(jobs[0]!, { patience: '5' as never })).rejects.toThrow(
    'Expected `patience` to be a number of seconds from 0, got "5".',
  )
  await expect(d.job(jobs[0]!, { patince: 5 } as never)).rejects.toThrow('got "patince"; did you mean "patience"?')
  await expect(d.getMyJobs({ limit: 0 })).rejects.toThrow('limit')
})

test('J56 jobs that were made reach the server although their connection is closed at once, and one that cannot does not hold it', async () => {
  await start()
  const jobs = [
    d('1 + 1'),
    d.map({ bundle: CODE.toString() }, [1, 2, 3]),
    d.map({ bundle: 'no module {' }, [1]),
    d.map(undefined as never, [1]),
  ]
  await d.close()
  d = await connect(app.url, { key: OWNER_KEY.privateKey })
  const found = await Promise.all(jobs.slice(0, 2).map(({ id }) => d.job(id)))
  expect(found.map(({ status: { state, inputs } }) => [state, inputs])).toEqual([
    ['running', 1],
    ['running', 3],
  ])
})
