import { afterEach, expect, test } from 'vitest'
import { decode } from '../../sdk/codec.ts'
import { connect, type DSage } from '../../sdk/dsage.ts'
import { linesOf } from '../../sdk/job-output.ts'
import { OWNER_KEY } from '../support/keys.ts'
import { type ScriptedServer, scriptedServer } from './scripted-server.ts'

let server: ScriptedServer
let d: DSage
afterEach(async () => {
  await d?.close()
  await server?.close()
})
const bundle = { bundle: 'export const work = (n) => n' }
/** A map over `inputs`, one a unit, each of which printed what `print` says. */
async function printing(inputs: number[], print: (n: number) => string | undefined) {
  server = await scriptedServer((unit, job) => {
    const [n] = decode(unit.input) as [number]
    setImmediate(() => {
      server.decide(job, 'sealed', unit.key, [{ value: n }])
      const { events } = server.jobs.get(job)!
      const text = print(n)
      if (text !== undefined) events.push({ ...events.pop()!, console: text })
    })
  })
  d = await connect(server.url, { key: OWNER_KEY.privateKey })
  return d.map(bundle, inputs, { batch: 1 })
}

test('J14 lines are escaped one by one; tabs stay, and what stands without an end of line is a line', () => {
  expect(linesOf('a\tb\n\u001b[31mred\r\n\u202e')).toEqual(['a\tb', '\\u{1b}[31mred\\u{d}', '\\u{202e}'])
  expect([linesOf(''), linesOf('\n'), linesOf('x\n\n')]).toEqual([[], [''], ['x', '']])
})

test('J14 the console is asked for only by who reads it, and what all units printed ends with a sentence above a million characters', async () => {
  const job = await printing([1, 2, 3], (n) => (n === 2 ? undefined : `${'x'.repeat(700_000)}${n}\n`))
  await job.wait()
  expect(server.asked.filter(({ event, message }) => event === 'events' && 'console' in message)).toEqual([])
  const lines = await job.output()
  expect(lines).toHaveLength(2)
  expect(lines[1]).toContain('read the units one by one')
  const units: number[] = []
  for await (const { index } of job.outputs()) units.push(index)
  expect(units.sort()).toEqual([0, 2])
})
