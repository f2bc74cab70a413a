import { expect, test } from 'vitest'
import {
  browserEntryIsPure,
  type Check,
  componentsAreShort,
  coreIsPure,
  environmentIsReadOnce,
  everyFileHasAnArea,
  filesAreShort,
  functionsAreShort,
  importDirections,
  importsNameTheirFile,
  medianFileIsShort,
  mostFunctionsAreShort,
  namesSayWhatIsInside,
  typesAreChecked,
  vocabularyIsKept,
} from './support/architecture-rules.ts'
import { readSources, type Source } from './support/sources.ts'

const sources = readSources()

/** The repository keeps the rule; and each planted file breaks it, so that the rule is known to be able to fail. */
function holds(check: Check, ...planted: (readonly [path: string, text: string])[]): void {
  for (const [path, text] of planted) expect(check([{ path, text }]), `planted: ${path} ${text.slice(0, 60)}`).not.toEqual([])
  expect(check(sources)).toEqual([])
}
const lines = (count: number) => 'one()\n'.repeat(count)
const functionOf = (count: number) => `function long() {\n${lines(count - 2)}}\n`

test('R1 imports go only the ways the design allows', () => {
  holds(
    importDirections,
    ['server/core/settle.ts', "import { openSqlite } from '../store/open.ts'"],
    ['server/core/settle.ts', "import { LIMITS } from '../../sdk/protocol.ts'"],
    ['server/transport/http.ts', "import type { Store } from '../store/store.ts'"],
    ['server/auth/keys.ts', "export * from '../coordinator.ts'"],
    ['server/coordinator.ts', "const open = await import('./store/open.ts')"],
    ['sdk/protocol.ts', "import type { Job } from './job.ts'"],
    ['sdk/local/server.ts', "import { createApp } from '../../server/app.ts'"],
    ['sdk/job.ts', "type App = import('../server/main.ts').App"],
    [
      'portal/pages/worker.svelte',
      "<p>hello</p>\n<script lang='ts'>import { Engine } from '../../web-worker-client/engine/engine.ts'</script>",
    ],
    ['server/app.ts', "import { readSources } from '../test/support/sources.ts'"],
  )
})

test('R1 what the design allows is not reported', () => {
  const allowed: Source[] = [
    { path: 'server/core/settle.ts', text: "import type { UnitState } from '../../sdk/protocol.ts'" },
    { path: 'server/coordinator.ts', text: "import { settle } from './core/settle.ts'" },
    { path: 'test/core/settle.test.ts', text: "import { settle } from '../../server/core/settle.ts'" },
  ]
  expect(importDirections(allowed)).toEqual([])
})

test('R1 every file belongs to an area of the table', () => {
  holds(everyFileHasAnArea, ['shared/thing.ts', ''])
})

test('R2 a relative import names its file', () => {
  holds(importsNameTheirFile, ['sdk/job.ts', "import { encode } from './codec'"], ['sdk/job.ts', "import { encode } from './codec/index'"])
})

test('R3 the browser entry reaches no module of Node', () => {
  holds(browserEntryIsPure, ['sdk/job.ts', ''], ['sdk/browser.ts', "import { readFile } from 'node:fs/promises'"])
  const far: Source[] = [
    { path: 'sdk/browser.ts', text: "export { Job } from './job.ts'" },
    { path: 'sdk/job.ts', text: "import type { Server } from 'node:http'\nimport './deep.ts'" },
    { path: 'sdk/deep.ts', text: "const pg = await import('pg')" },
  ]
  expect(browserEntryIsPure(far)).toEqual(['sdk/browser.ts -> sdk/job.ts -> sdk/deep.ts -> pg'])
})

test('R4 no file has more than 300 lines, half of them at most 90', () => {
  holds(filesAreShort, ['sdk/job.ts', lines(301)])
  holds(medianFileIsShort, ['sdk/job.ts', lines(91)])
})

test('R4 no page of the portal has more than 150 lines, no component more than 80', () => {
  holds(componentsAreShort, ['portal/pages/a.svelte', lines(151)], ['portal/components/a.svelte', lines(81)])
})

test('R5 no function has more than 50 lines, nine of ten at most 30', () => {
  holds(functionsAreShort, ['sdk/job.ts', functionOf(51)], ['portal/a.svelte', `<script>\nconst f = () => {\n${lines(49)}}\n</script>`])
  holds(mostFunctionsAreShort, ['sdk/job.ts', functionOf(31)])
  expect(functionsAreShort([{ path: 'sdk/job.ts', text: functionOf(50) }])).toEqual([])
})

test('R6 a file is named after what it exports', () => {
  holds(namesSayWhatIsInside, ['sdk/utils.ts', ''], ['server/string-helpers.ts', ''], ['server/common/a.ts', ''], ['sdk/types.ts', ''])
})

test('R7 exported names keep to the vocabulary', () => {
  holds(
    vocabularyIsKept,
    ['sdk/job.ts', 'export function splitTasks() {}'],
    ['sdk/job.ts', 'export interface Job { readonly chunkSize: number }'],
    ['sdk/job.ts', 'const a = 1\nexport { a as hostName }'],
    ['server/core/plan.ts', 'export const assignments = []'],
    ['sdk/job.ts', 'export class Job { nextSubtask() {} }'],
  )
})

test('R8 only the main file of the server reads the environment', () => {
  holds(
    environmentIsReadOnce,
    ['server/config.ts', 'const port = process.env.PORT'],
    ['server/config.ts', "import { env } from 'node:process'"],
    ['sdk/dsage.ts', "const home = globalThis.process.env['HOME']"],
  )
})

test('R9 the core neither waits nor asks for time, chance or the world', () => {
  holds(
    coreIsPure,
    ['server/core/settle.ts', 'export async function settle() {}'],
    ['server/core/settle.ts', 'const now = Date.now()'],
    ['server/core/settle.ts', 'const now = new Date()'],
    ['server/core/settle.ts', 'const chance = Math.random()'],
    ['server/core/settle.ts', "import { createHash } from 'node:crypto'"],
    ['server/core/settle.ts', 'const later = new Promise(() => {})'],
  )
})

test('R10 the type checker is never switched off', () => {
  holds(
    typesAreChecked,
    ['sdk/job.ts', 'export const value: any = 1'],
    ['sdk/job.ts', '// @ts-ignore\none()'],
    ['test/a.test.ts', 'let a: any[]'],
  )
})
