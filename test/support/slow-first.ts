import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files that drive browsers or processes and wait for most of their time; begun last, one of them would keep the run from its end. */
const SLOW = /\/(hostile|portal|end-to-end|original)\/|\/client\/(volunteer|sandbox|endless)/

export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const isSlow = ({ moduleId }: TestSpecification): boolean => SLOW.test(moduleId)
    return [...sorted.filter(isSlow), ...sorted.filter((file) => !isSlow(file))]
  }
}
