import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { ALONE } from './sharing.ts'

/** Those that compute for long: begun last, one of them would keep the run from its end. */
const LONG = /\/(simulation|factor)\//

/** First whoever waits for browsers and processes for most of its time, then whoever computes for long. */
export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const rank = ({ moduleId }: TestSpecification): number => {
      if (ALONE.some((folder) => moduleId.includes(`/test/${folder}/`))) return 0
      return LONG.test(moduleId) ? 1 : 2
    }
    return sorted.toSorted((one, other) => rank(one) - rank(other))
  }
}
