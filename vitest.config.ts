import { defineConfig } from 'vitest/config'
import { SlowFirst } from './test/support/slow-first.ts'

const long = process.env.DSAGE_LONG_TESTS === '1'

export default defineConfig({
  test: {
    include: long ? ['test/**/*.long.test.ts', 'test/end-to-end/crowd.test.ts'] : ['test/**/*.test.ts'],
    exclude: long ? ['node_modules/**'] : ['test/**/*.long.test.ts', 'node_modules/**'],
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
