/**
 * Who gives the second word? (INTEGRITY Q8: the volunteer never chooses the unit.) Opinions are wanted first, so one who asks often gets the units
 * that a newcomer has just begun; were both liars they would decide them together. So each unit is open to some of those who are believed alone,
 * drawn anew every while, as if its partner were drawn among them; the others begin fresh units meanwhile, and where nothing is fresh anybody
 * may have it. Rejected: one partner drawn for a unit, who may be slow or gone; a draw for each request, which whoever asks often wins.
 */

/** How many of those who are believed alone a unit is open to, on the average. */
const OPEN_TO = 1.5
/** How long a draw holds, milliseconds: others are to have asked by then. */
export const DRAW_MS = 20_000

/** Share of units that each of them may decide, beside so many others. */
export const shareBeside = (others: number): number => Math.min(1, OPEN_TO / (others + 1))

/** Whether the unit is open to the holder in this draw. Equal for equal numbers, and to nobody's knowledge without `salt`, 32 bits. */
export function isOpenTo(unit: number, holder: number, draw: number, salt: number, share: number): boolean {
  let mixed = salt
  for (const part of [unit, holder, draw]) {
    mixed = Math.imul(mixed ^ part, 0x9e3779b1)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b)
    mixed ^= mixed >>> 13
  }
  return (mixed >>> 0) / 2 ** 32 < share
}
