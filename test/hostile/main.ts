/** node test/hostile/main.ts [--engine chromium] [--only memory/] [--json file]: the table of layers and attacks. */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { browsers } from '../support/browsers/browsers.ts'
import { ATTACKS } from './attacks.ts'
import { attackMatrix, printTable } from './matrix.ts'

const { values } = parseArgs({
  options: { engine: { type: 'string', default: 'chromium' }, only: { type: 'string', default: '' }, json: { type: 'string' } },
})
const engine = browsers.find(({ name }) => name === values.engine)
if (!engine) throw new Error(`Expected --engine chromium, firefox or webkit, got ${values.engine}.`)
process.env.TZ = 'Asia/Kolkata'
const rows = await attackMatrix(engine, { attacks: ATTACKS.filter(({ name }) => name.startsWith(values.only)) })
console.log(printTable(engine.name, rows))
const plain = rows.map(({ attack: { name, breaks }, whole, bites }) => ({ name, breaks, whole, bites: Object.keys(bites) }))
if (values.json) writeFileSync(values.json, JSON.stringify({ engine: engine.name, attacks: plain }, null, 2))
