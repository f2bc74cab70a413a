import { defineConfig } from 'vitest/config'
import { LONG_TESTS } from './test/support/long-tests.ts'
import { SlowFirst } from './test/support/slow-first.ts'

/** Files of which the short run takes a part. */
const WIDER = [
  ...['end-to-end/crowd', 'end-to-end/start', 'client/volunteer', 'client/sandbox-page'],
  ...[
    'portal/newcomer',
    'portal/volunteer',
    'sdk/files',
    'sdk/record',
    'server/rejecting',
    'store/history.contract',
    'store/trust-history.contract',
    'store/credits.contract',
  ],
].map((name) => `test/${name}.test.ts`)

export default defineConfig({
  test: {
    include: LONG_TESTS ? ['test/**/*.long.test.ts', ...WIDER] : ['test/**/*.test.ts'],
    exclude: LONG_TESTS ? ['node_modules/**'] : ['test/**/*.long.test.ts', 'node_modules/**'],
    globalSetup: ['test/support/postgresql-setup.ts'],
    reporters: ['default'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Vitest's own 1 s is a timing assertion in disguise on a loaded machine.
    expect: { poll: { timeout: 30_000 } },
    // Tests in browsers wait for some of their time: one file more than there are cores keeps these busy.
    maxWorkers: 3,
    sequence: { sequencer: SlowFirst },
  },
})
