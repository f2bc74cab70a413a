import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { decode } from '../../sdk/codec.ts'
import { QUICK_START } from '../../sdk/local/processes.ts'
import type { LocalDSage } from '../../sdk/node.ts'
import { localCluster } from '../support/local-cluster.ts'
import { ROWS } from './rows.ts'

let home: string
let d: LocalDSage
let close: () => Promise<void>
beforeAll(async () => {
  ;({ home, d, close } = await localCluster('original', 2))
})
afterAll(() => close())

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Connected, runs the program, writes its value as the codec does. */
const around = (program: string) => `
  import { connect, DistributedFactor, DistributedFunctionTest } from 'dsage'
  import { encode } from ${JSON.stringify(new URL('../../sdk/codec.ts', import.meta.url).href)}
  const d = await connect(process.env.DSAGE_URL, { home: process.env.DSAGE_HOME })
  let value
  ${program}
  process.stdout.write(encode(value))
  await d.close()
`

test.for(ROWS)('J8 $original', async ({ program, value }) => {
  const environment = { PATH: process.env.PATH ?? '', DSAGE_HOME: home, DSAGE_URL: d.url }
  const child = spawn(process.execPath, [...QUICK_START, '--input-type=module', '--eval', around(program)], { cwd: root, env: environment })
  const pieces: Buffer[] = []
  const complaints: Buffer[] = []
  child.stdout.on('data', (piece: Buffer) => pieces.push(piece))
  child.stderr.on('data', (piece: Buffer) => complaints.push(piece))
  const [code] = await once(child, 'close')
  expect([code, Buffer.concat(complaints).toString()]).toEqual([0, ''])
  expect(decode(new Uint8Array(Buffer.concat(pieces)))).toEqual(value)
})
