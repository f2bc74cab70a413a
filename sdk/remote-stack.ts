/**
 * Where the job's code threw, in the researcher's own lines. Engines write stacks in two notations (V8: `    at f (bundle.js:1:2)`; SpiderMonkey and
 * JavaScriptCore: `f@bundle.js:1:2`); what a device sends is a text like any other, so what cannot be read is left out and nothing is believed.
 */
import { beforePowers, isPowerFrame } from './bundle/portable-powers.ts'
import { type SourceMapJson, sourceMapOf } from './bundle/source-maps.ts'
import { printable } from './printable.ts'
import { STACKS } from './protocol.ts'

/** What the sandbox calls the bundle. */
const BUNDLE = 'bundle.js'
const FRAMES = 50
const NAME_CHARACTERS = 100
const V8_FRAME = /^\s*at (?:async )?(?:(.*) \()?bundle\.js:(\d{1,9}):(\d{1,9})\)?$/
const OTHER_FRAME = /^(.*)@bundle\.js:(\d{1,9}):(\d{1,9})$/

interface Frame {
  readonly name: string
  readonly line: number
  readonly column: number
}
interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** A bundle's text and what of it the researcher wrote. */
export interface Origin {
  readonly code: string
  /** The researcher's text, a part of `code`, and how it is called. */
  readonly source?: { readonly text: string; readonly name: string } | undefined
}

/** The frames of the bundle itself, the innermost first. */
export function framesOf(stack: string): Frame[] {
  const frames: Frame[] = []
  for (const line of stack.split('\n')) {
    const [, name = '', at, column] = V8_FRAME.exec(line) ?? OTHER_FRAME.exec(line) ?? []
    if (at === undefined || frames.length >= FRAMES || isPowerFrame(name)) continue
    frames.push({ name: printable(name.slice(0, NAME_CHARACTERS)), line: Number(at), column: Number(column) })
  }
  return frames
}

/** What an input threw. */
interface Told {
  readonly name: string
  readonly message: string
}

/** The stacks of a unit by the position of their input in it, as STACKS says; a text without a number is that of the first that threw. */
function sectionsOf(stack: string, first: number): Map<number, string> {
  const sections = new Map<number, string>()
  let before = stack
  for (const section of stack.split(STACKS.separator)) {
    const [, position, text = ''] = /^(\d{1,5})\n([\s\S]*)$/.exec(section) ?? []
    if (position === undefined) continue
    if (text !== STACKS.same) before = text
    sections.set(Number(position), before)
  }
  return sections.size === 0 ? new Map([[first, stack]]) : sections
}

/** For each input of a unit that threw, by position, `Name: message` and a line a frame, as V8 writes them; none where nothing of the bundle is in its stack. */
export async function readableStacks(
  stack: string,
  errors: ReadonlyMap<number, Told>,
  origin: Origin | undefined,
): Promise<Map<number, string>> {
  const readable = new Map<number, string>()
  const [first] = errors.keys()
  if (first === undefined) return readable
  let place: Locate | undefined
  for (const [position, text] of sectionsOf(stack, first)) {
    const error = errors.get(position)
    const frames = error === undefined ? [] : framesOf(text)
    if (frames.length === 0) continue
    place ??= await placesOf(origin)
    readable.set(position, told(error!, frames, place))
  }
  return readable
}

/** As `readableStacks`, of a unit of one input. */
export const readableStack = async (stack: string, error: Told, origin: Origin | undefined): Promise<string | undefined> =>
  (await readableStacks(stack, new Map([[0, error]]), origin)).get(0)

function told({ name, message }: Told, frames: readonly Frame[], place: Locate): string {
  const lines = frames.map((frame) => {
    const { file, line, column } = place(frame) ?? { ...frame, file: BUNDLE }
    const at = `${file}:${line}:${column}`
    return frame.name === '' ? `    at ${at}` : `    at ${frame.name} (${at})`
  })
  return [`${printable(name)}: ${printable(message)}`, ...lines].join('\n')
}

type Locate = (frame: Frame) => Place | undefined

async function placesOf(origin: Origin | undefined): Promise<Locate> {
  if (origin === undefined) return () => undefined
  const { code, columnOf } = beforePowers(origin.code)
  const map = sourceMapOf(code)
  const place = map ? await mappedPlaces(map) : origin.source ? shiftedPlaces(code, origin.source) : () => undefined
  return (frame) => place({ ...frame, column: columnOf(frame.line, frame.column) })
}

/** A module's places, by its source map. */
async function mappedPlaces(map: SourceMapJson): Promise<Locate> {
  const { originalPositionFor, TraceMap } = await import('@jridgewell/trace-mapping')
  const trace = new TraceMap(map as ConstructorParameters<typeof TraceMap>[0])
  return ({ line, column }) => {
    if (line < 1) return undefined
    const found = originalPositionFor(trace, { line, column: Math.max(0, column - 1) })
    return found.source === null ? undefined : { file: found.source, line: found.line, column: found.column + 1 }
  }
}

/** Places in a text that stands as it is somewhere in the bundle. */
function shiftedPlaces(code: string, { text, name }: { readonly text: string; readonly name: string }): Locate {
  const start = code.indexOf(text)
  if (start < 0) return () => undefined
  const before = code.slice(0, start).split('\n')
  const firstColumn = before.at(-1)!.length
  const lines = text.split('\n').length
  return (frame) => {
    const line = frame.line - before.length + 1
    if (line < 1 || line > lines) return undefined
    return { file: name, line, column: line === 1 ? Math.max(1, frame.column - firstColumn) : frame.column }
  }
}
