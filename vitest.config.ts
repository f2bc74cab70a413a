import { defineConfig } from 'vitest/config'
import { LONG_TESTS } from './test/support/long-tests.ts'
import { ALONE } from './test/support/sharing.ts'
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
const NEVER = ['node_modules/**', ...(LONG_TESTS ? [] : ['test/**/*.long.test.ts'])]
const files = LONG_TESTS ? ['test/**/*.long.test.ts', ...WIDER] : ['test/**/*.test.ts']
const alone = ALONE.map((folder) => `test/${folder}/**`)
const others = ['test/*.test.ts', `test/!(${ALONE.join('|')})/**`]

export default defineConfig({
  test: {
    // What files import is evaluated once where they share a process: for each again it is a fifth of the short run's work.
    projects: [
      { test: { name: 'alone', isolate: true, include: files, exclude: [...NEVER, ...others] } },
      { test: { name: 'sharing', isolate: LONG_TESTS, include: files, exclude: [...NEVER, ...alone] } },
    ],
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
