import { alike, type Closeness, decode, decodeOutputs, encode, type OutputItem } from '../sdk/codec.ts'
import type { DifferingAnswer, DifferingAnswers, ShownText } from '../sdk/protocol.ts'
import { asText } from './shown-output.ts'
import type { StoredAnswer, StoredDiffering } from './store/trust-read-store.ts'

/** Characters shown of an input or an output, and of those that are the same before two outputs begin to differ. */
const SHOWN_CHARACTERS = 2048
const SAME_CHARACTERS = 200

/** Absent where it is not kept any more. */
type Shown = { readonly text: string } | undefined

/** Two answers to a unit for people to compare: the first of its inputs for which they differ, from where they do. */
export function differingAnswers({ unit, input, compare, answers: [first, second] }: StoredDiffering): DifferingAnswers {
  const [one, other] = [itemsOf(first), itemsOf(second)]
  const place = one && other ? placeOf(one, other, compare) : 0
  const texts = [one, other].map((items) => items && { text: asText(items[place]) }) as [Shown, Shown]
  const from = beginOf(texts)
  return {
    ...{ unit, place, input: cut(inputAt(input, place), 0) },
    answers: [answerOf(first, texts[0], from), answerOf(second, texts[1], from)],
  }
}

const itemsOf = ({ output }: StoredAnswer): OutputItem[] | undefined => (output === null ? undefined : decodeOutputs(output))

function placeOf(one: readonly OutputItem[], other: readonly OutputItem[], compare: Closeness | undefined): number {
  const same = (a: OutputItem, b: OutputItem | undefined) => (compare ? alike(a, b, compare) : Buffer.compare(encode(a), encode(b)) === 0)
  const place = one.findIndex((item, i) => !same(item, other[i]))
  return Math.max(0, place)
}

/** A unit's input is the list of its inputs, unless its researcher's client made something else of it. */
function inputAt(input: Uint8Array | null, place: number): Shown {
  if (input === null) return undefined
  try {
    const inputs = decode(input)
    return { text: asText({ value: Array.isArray(inputs) ? inputs[place] : inputs }) }
  } catch {
    return { text: `${input.length} bytes` }
  }
}

/** Where both texts begin to be shown: what is alike before they differ is left out when there is much of it. */
function beginOf([one, other]: readonly [Shown, Shown]): number {
  if (!one || !other) return 0
  let same = 0
  while (same < one.text.length && one.text[same] === other.text[same]) same += 1
  return same > SHOWN_CHARACTERS / 2 ? same - SAME_CHARACTERS : 0
}

const answerOf = ({ engineClasses, devices }: StoredAnswer, shown: Shown, from: number): DifferingAnswer => ({
  ...cut(shown, from),
  ...{ engineClasses, devices },
})

function cut(shown: Shown, from: number): ShownText {
  if (!shown) return { truncated: false }
  const text = shown.text.slice(from, from + SHOWN_CHARACTERS)
  return { text: from > 0 ? `…${text}` : text, truncated: text.length < shown.text.length }
}
