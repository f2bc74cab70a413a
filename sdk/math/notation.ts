/**
 * Reads numbers as people write them, `(2^61-1)*(2^89-1)`, `binomial(10, 5) / 3`, into a tree; what the grammar does not know is refused with
 * its position.
 *   sum = product { ("+" | "-") product } · product = unary { ("*" | "/") unary } · unary = "-" unary | "+" unary | power
 *   power = atom [ ("^" | "**") unary ] · atom = digits, also with _ between them | "(" sum ")" | name "(" list ")" | "[" list "]" · list = [ sum { "," sum } ]
 * So -2^2 = -4 and 2^3^2 = 512, as in mathematics.
 */

export type Operator = '+' | '-' | '*' | '/' | '^'

/** `at` is an index into the text, from 0: of the first character, or of the operator. */
export type Expression =
  | { readonly kind: 'number'; readonly at: number; readonly digits: string }
  | { readonly kind: 'negative'; readonly at: number; readonly of: Expression }
  | { readonly kind: Operator; readonly at: number; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'call'; readonly at: number; readonly name: string; readonly inputs: readonly Expression[] }
  | { readonly kind: 'list'; readonly at: number; readonly items: readonly Expression[] }

/** What is wrong with an expression, and where. */
export class ExpressionError extends Error {
  readonly code = 'expression'
  /** Index into the text, from 0. */
  readonly position: number

  constructor(message: string, position: number) {
    super(`${message} (at character ${position + 1})`)
    this.name = 'ExpressionError'
    this.position = position
  }
}

const LONGEST_TEXT = 20_000
const DEEPEST = 200

/** @throws ExpressionError on what does not parse, on more than 20,000 characters and more than 200 levels */
export function parseNotation(text: string): Expression {
  if (typeof text !== 'string') throw new ExpressionError(`Expected a text such as "2^61 - 1", got a ${typeof text}`, 0)
  if (text.length > LONGEST_TEXT) throw new ExpressionError(`Expected at most ${LONGEST_TEXT} characters, got ${text.length}`, LONGEST_TEXT)
  return new Parser(text).parse()
}

class Parser {
  readonly #text: string
  #at = 0
  #depth = 0

  constructor(text: string) {
    this.#text = text
  }

  parse(): Expression {
    const expression = this.#sum()
    if (this.#peek() !== '') throw this.#unexpected('an operator or the end')
    return expression
  }

  #sum(): Expression {
    return this.#chain(['+', '-'], () => this.#product())
  }

  #product(): Expression {
    return this.#chain(['*', '/'], () => this.#unary())
  }

  /** Operators of one rank, from left to right. */
  #chain(operators: readonly Operator[], operand: () => Expression): Expression {
    let left = operand()
    for (;;) {
      const at = this.#skipSpace()
      const kind = operators.find((operator) => operator === this.#peek())
      if (kind === undefined) return left
      this.#at++
      left = { kind, at, left, right: operand() }
    }
  }

  #unary(): Expression {
    const at = this.#skipSpace()
    const sign = this.#peek()
    if (sign !== '-' && sign !== '+') return this.#power()
    this.#at++
    const of = this.#nested(at, () => this.#unary())
    return sign === '+' ? of : { kind: 'negative', at, of }
  }

  #power(): Expression {
    const left = this.#atom()
    const at = this.#skipSpace()
    const double = this.#text.startsWith('**', at)
    if (!double && this.#peek() !== '^') return left
    this.#at += double ? 2 : 1
    return { kind: '^', at, left, right: this.#nested(at, () => this.#unary()) }
  }

  #atom(): Expression {
    const at = this.#skipSpace()
    const rest = this.#text.slice(at)
    const written = /^[0-9]+(?:_[0-9]+)*/.exec(rest)?.[0]
    if (written !== undefined) {
      this.#at += written.length
      if (/^(?:\.|[eE][-+]?[0-9])/.test(rest.slice(written.length)))
        throw this.#unexpected('an operator or the end', '; write exact numbers, 3/2 for 1.5 and 10^6 for 1e6')
      return { kind: 'number', at, digits: written.replaceAll('_', '') }
    }
    const name = /^[A-Za-z]\w*/.exec(rest)?.[0]
    if (name !== undefined) {
      this.#at += name.length
      if (this.#peek() !== '(') throw this.#unexpected('"("', `; ${name} is read as the name of a function, as in gcd(12, 18)`)
      return { kind: 'call', at, name, inputs: this.#list('(', ')') }
    }
    if (this.#peek() === '[') return { kind: 'list', at, items: this.#list('[', ']') }
    if (this.#peek() !== '(') throw this.#unexpected('a number or "("')
    this.#at++
    const inner = this.#nested(at, () => this.#sum())
    this.#expect(')', '")" or an operator')
    return inner
  }

  #list(opening: string, closing: string): Expression[] {
    const at = this.#skipSpace()
    this.#expect(opening, `"${opening}"`)
    const items: Expression[] = []
    if (this.#peek() !== closing) {
      do items.push(this.#nested(at, () => this.#sum()))
      while (this.#take(','))
    }
    this.#expect(closing, `"${closing}", "," or an operator`)
    return items
  }

  #nested(at: number, read: () => Expression): Expression {
    if (++this.#depth > DEEPEST) throw new ExpressionError(`Expected at most ${DEEPEST} nested signs, powers and parentheses`, at)
    const expression = read()
    this.#depth--
    return expression
  }

  #take(character: string): boolean {
    if (this.#peek() !== character) return false
    this.#at++
    return true
  }

  #expect(character: string, wanted: string): void {
    if (!this.#take(character)) throw this.#unexpected(wanted)
  }

  #skipSpace(): number {
    while (' \t\r\n'.includes(this.#text[this.#at] ?? 'end')) this.#at++
    return this.#at
  }

  /** The next character that is no space; empty at the end. */
  #peek(): string {
    return this.#text[this.#skipSpace()] ?? ''
  }

  #unexpected(wanted: string, hint = ''): ExpressionError {
    const got = this.#peek()
    return new ExpressionError(`Expected ${wanted}, got ${got === '' ? 'the end' : JSON.stringify(got)}${hint}`, this.#at)
  }
}
