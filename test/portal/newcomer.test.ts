import { afterAll, beforeAll, expect, test } from 'vitest'
import { browsers } from '../support/browsers/browsers.ts'
import { LONG_TESTS } from '../support/long-tests.ts'
import { DemoCluster, joinAsNewcomer } from '../support/newcomer.ts'

let cluster: DemoCluster
beforeAll(async () => {
  cluster = await DemoCluster.start('6')
})
afterAll(() => cluster.stop())

// How soon is measured by `npm run bench newcomer`: here other tests have the machine.
test.for(browsers.filter(({ name }) => LONG_TESTS || name === 'chromium'))(
  'P7 in $name a newcomer beside two workers is given work and finishes it',
  { timeout: 120_000 },
  async (engine, context) => {
    context.skip(engine.missing() !== undefined, engine.missing())
    const browser = await engine.launch()
    try {
      const { hadWork, finishedFirst } = await joinAsNewcomer(browser, cluster.url)
      expect(hadWork).toBeLessThanOrEqual(finishedFirst)
    } finally {
      await browser.close()
    }
  },
)
