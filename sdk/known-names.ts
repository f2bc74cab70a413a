/** Names that somebody gives who has no type checker: one that nothing reads is most likely misspelt, and must not be ignored in silence. */
import { BadArgument } from './errors.ts'

/**
 * @param what the whole, for the message: `options`
 * @param wayOut what to do about a name that is near none of them
 * @throws BadArgument naming the known ones, and the nearest
 */
export function requireKnownNames(what: string, given: object, known: readonly string[], wayOut?: (wrong: string) => string): void {
  const wrong = Object.keys(given).find((name) => !known.includes(name))
  if (wrong === undefined) return
  const meant = nearestOf(wrong, known)
  const otherwise = wayOut === undefined ? '.' : `; ${wayOut(wrong)}.`
  const hint = meant === undefined ? otherwise : `; did you mean "${meant}"?`
  throw new BadArgument(`Expected ${what} to have no names but ${known.join(', ')}, got ${JSON.stringify(wrong)}${hint}`)
}

/** The known name that differs in a third of its characters at most. */
function nearestOf(wrong: string, known: readonly string[]): string | undefined {
  const ranked = known.map((name) => ({ name, steps: stepsBetween(wrong.toLowerCase(), name.toLowerCase()) }))
  const [best] = ranked.sort((a, b) => a.steps - b.steps)
  return best !== undefined && best.steps <= best.name.length / 3 ? best.name : undefined
}

/** Characters to insert, delete or replace (Levenshtein, Wagner and Fischer's table, a row at a time). */
function stepsBetween(from: string, to: string): number {
  let above = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (const [row, character] of [...from.slice(0, 60)].entries()) {
    const line = [row + 1]
    for (let column = 1; column <= to.length; column++)
      line.push(Math.min(above[column]! + 1, line[column - 1]! + 1, above[column - 1]! + (character === to[column - 1] ? 0 : 1)))
    above = line
  }
  return above[to.length]!
}
