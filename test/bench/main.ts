/** `npm run bench <name> [-- --json] [--runs n] [--scale share] [--database-url url]` */
import { parseArgs } from 'node:util'
import { integrity } from './integrity.ts'
import { latency } from './latency.ts'
import { map } from './map.ts'
import { newcomer } from './newcomer.ts'
import { queue } from './queue.ts'
import { printReport, type Report } from './report.ts'
import { sandbox } from './sandbox.ts'
import { storm } from './storm.ts'
import { throughput } from './throughput.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    runs: { type: 'string', default: '3' },
    scale: { type: 'string', default: '1' },
    'database-url': { type: 'string' },
  },
})
const options = { runs: Number(values.runs), databaseUrl: values['database-url'] }
const benches: Readonly<Record<string, () => Promise<Report>>> = {
  throughput: () => throughput(options),
  integrity: () => integrity({ scale: Number(values.scale) }),
  latency,
  map: () => map(options),
  newcomer,
  queue,
  sandbox,
  storm,
}
const name = positionals[0] ?? ''
const bench = Object.hasOwn(benches, name) ? benches[name] : undefined
if (!bench) {
  process.stderr.write(`Expected one of ${Object.keys(benches).join(', ')}, got ${JSON.stringify(name)}: npm run bench <name>.\n`)
  process.exit(2)
}
printReport(await bench(), values.json)
process.exit(0)
