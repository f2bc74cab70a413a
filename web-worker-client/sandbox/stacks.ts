/**
 * Where the inputs of one unit threw, in one text of bounded length: a section an input, its first line the number of the input. Inputs fail at the same
 * place more often than not, so what says the same as the section before is one sign, and the message, which travels with the output, is left out but once.
 */
import { STACKS } from '../../sdk/protocol.ts'
import { indexOfText, sliceText } from './primordials.ts'
import { stackOf, type Thrown } from './thrown.ts'

const ALL_CHARACTERS = 4000
/** Of one input where the unit has others: room for these is left. */
const ONE_CHARACTERS = 2000
/** Reading a stack may run the code's getters and costs a browser milliseconds: it is done for so many inputs, whatever fits. */
const MOST_READ = 100

export class Stacks {
  #text = ''
  #before: string | undefined
  #read = 0

  /** `error` is what was thrown, `thrown` what is told of it. */
  add(input: number, inputs: number, error: unknown, thrown: Thrown): void {
    if (this.#read === MOST_READ) return
    this.#read += 1
    const whole = stackOf(error)
    if (whole === undefined || indexOfText(whole, STACKS.separator) >= 0) return
    const stack = inputs === 1 ? whole : sliceText(whole, 0, ONE_CHARACTERS)
    const places = withoutMessage(stack, thrown)
    const said = places === this.#before ? STACKS.same : this.#before === undefined ? stack : places
    const section = `${this.#before === undefined ? '' : STACKS.separator}${input}\n${said}`
    if (this.#text.length + section.length > ALL_CHARACTERS && this.#before !== undefined) return
    this.#text += section
    this.#before = places
  }

  get text(): string | undefined {
    return this.#before === undefined ? undefined : sliceText(this.#text, 0, ALL_CHARACTERS)
  }
}

/** V8 begins a stack with name and message. */
function withoutMessage(stack: string, { name, message }: Thrown): string {
  const at = message === '' ? -1 : indexOfText(stack, message, 0)
  return at >= 0 && at <= name.length + 2 ? sliceText(stack, at + message.length) : stack
}
