/** Where an encoder is: the containers around the value and the step taken in each. */
import { toJson } from './captured.ts'
import { MAX_DEPTH } from './format.ts'

/** How a step is shown: `[3]` or `.b`, `.keys()[3]`, `.values()[3]`. */
export const STEP = { property: 0, key: 1, member: 2 } as const

/** Longer property names are cut in a path. */
const NAME_CHARACTERS = 60
const identifier = /^[A-Za-z_$][\w$]*$/
const isIdentifier: (name: string) => boolean = identifier.test.bind(identifier)

export class Trail {
  // Filled beforehand: writing to an index that is there already cannot run a setter that somebody put on a prototype.
  readonly #containers: unknown[] = new Array(MAX_DEPTH).fill(undefined)
  readonly #steps: (string | number)[] = new Array(MAX_DEPTH).fill(0)
  readonly #kinds = new Uint8Array(MAX_DEPTH)
  #depth = 0

  get isFull(): boolean {
    return this.#depth === MAX_DEPTH
  }

  /** Whether `container` is around the present place. Depth is small, so a scan beats a Set. */
  holds(container: unknown): boolean {
    for (let i = 0; i < this.#depth; i++) if (this.#containers[i] === container) return true
    return false
  }

  enter(container: unknown): void {
    this.#containers[this.#depth] = container
    this.#steps[this.#depth] = -1
    this.#depth += 1
  }
  leave(): void {
    this.#depth -= 1
    this.#containers[this.#depth] = undefined
  }
  clear(): void {
    while (this.#depth > 0) this.leave()
  }

  /** The part of the innermost container that comes next. */
  step(kind: number, name: string | number): void {
    this.#kinds[this.#depth - 1] = kind
    this.#steps[this.#depth - 1] = name
  }

  toString(): string {
    let path = '$'
    for (let i = 0; i < this.#depth; i++) {
      const step = this.#steps[i]!
      if (step === -1) continue // nothing inside it yet, or a list that is not the researcher's
      if (typeof step === 'string') path += propertyPath(step)
      else path += `${this.#kinds[i] === STEP.key ? '.keys()' : this.#kinds[i] === STEP.member ? '.values()' : ''}[${step}]`
    }
    return path
  }
}

function propertyPath(name: string): string {
  const short = name.length > NAME_CHARACTERS ? `${name.slice(0, NAME_CHARACTERS)}…` : name
  return isIdentifier(short) ? `.${short}` : `[${toJson(short)}]`
}
