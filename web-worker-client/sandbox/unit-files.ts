/** `ctx.files`: the files of the job. Each call gives bytes of its own, so that nothing one unit writes into them is read by another. */
import { freeze, NativeTypeError } from './primordials.ts'

export type ReadFile = (index: number) => Uint8Array

const NONE: readonly string[] = []
const nothing: ReadFile = () => {
  throw new NativeTypeError('Expected a file of the job, it has none.')
}

export class UnitFiles {
  #names = NONE
  #read = nothing
  /** What job code sees as `ctx.files`. */
  readonly api: object

  constructor() {
    const files = this
    this.api = freeze({
      get names() {
        return files.#names
      },
      get: (name: unknown) => files.#get(name),
    })
  }

  /** Before any job byte ran. */
  provide(names: readonly string[], read: ReadFile): void {
    this.#names = freeze(names)
    this.#read = read
  }

  /** A unit without files begins. */
  clear(): void {
    this.#names = NONE
    this.#read = nothing
  }

  #get(name: unknown): Uint8Array {
    const names = this.#names
    let known = ''
    for (let i = 0; i < names.length; i++) {
      if (names[i] === name) return this.#read(i)
      known += `${i === 0 ? '' : ', '}${names[i]}`
    }
    const got = typeof name === 'string' ? name : 'something that is no text'
    throw new NativeTypeError(
      `Expected the name of a file of the job (${known === '' ? 'it has none' : known}), got ${got}; give it in \`files\`.`,
    )
  }
}
