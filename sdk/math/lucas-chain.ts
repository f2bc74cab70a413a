/**
 * Multiplies a point by a prime along a Lucas chain: Montgomery's PRAC ("Evaluating recurrences of form X_{m+n} = f(X_m, X_n, X_{m-n})
 * via Lucas chains", 1983/1992, table 4). About 9 multiplications a bit where the ladder takes 11.
 */
import { add, type Curve, double, type Point } from './montgomery-curve.ts'

/** Ratios whose continued fraction is nearly all ones: with them the chain is near its shortest. The first is the golden ratio. */
const RATIOS = [
  1.61803398875, 1.72360679775, 1.618347119656, 1.617914406529, 1.612429949509, 1.632839806089, 1.620181980807, 1.580178728295,
  1.617214616534, 1.38196601125,
]

/** What the walk does at each step; `walk` decides, its visitor computes with points, or only counts. */
type Rule = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9
/** Multiplications of each rule: additions cost 6, doublings 5. */
const COST: Readonly<Record<Rule, number>> = { 1: 18, 2: 11, 3: 6, 4: 11, 5: 11, 6: 23, 7: 23, 8: 23, 9: 11 }

/** One step of Montgomery's table: the rule for d >= e and the pair that follows. */
function step(d: number, e: number): { rule: Rule; d: number; e: number } {
  const close = 4 * (d - e) <= e
  if (close && (d + e) % 3 === 0) return { rule: 1, d: (2 * d - e) / 3, e: (2 * e - d) / 3 }
  if (close && (d - e) % 6 === 0) return { rule: 2, d: (d - e) / 2, e }
  if (d <= 4 * e) return { rule: 3, d: d - e, e }
  if ((d + e) % 2 === 0) return { rule: 4, d: (d - e) / 2, e }
  if (d % 2 === 0) return { rule: 5, d: d / 2, e }
  if (d % 3 === 0) return { rule: 6, d: d / 3 - e, e }
  if ((d + e) % 3 === 0) return { rule: 7, d: (d - 2 * e) / 3, e }
  if ((d - e) % 3 === 0) return { rule: 8, d: (d - e) / 3, e }
  return { rule: 9, d, e: e / 2 }
}

/** Multiplications of the chain for k with the given first remainder; Infinity when that remainder shares a factor with k. */
function chainCost(k: number, r: number): number {
  let [d, e, cost] = [k - r, 2 * r - k, 11]
  while (d !== e) {
    if (d < e) [d, e] = [e, d]
    const next = step(d, e)
    cost += COST[next.rule]
    d = next.d
    e = next.e
  }
  return d === 1 ? cost : Number.POSITIVE_INFINITY
}

const chosen = new Map<number, number>()

/** The remainder with the cheapest chain among the ratios; remembered, because every curve asks for the same primes. */
function firstRemainder(k: number): number {
  const before = chosen.get(k)
  if (before !== undefined) return before
  let [best, least] = [0, Number.POSITIVE_INFINITY]
  for (const ratio of RATIOS) {
    const r = Math.round(k / ratio)
    if (2 * r <= k || r >= k) continue
    const cost = chainCost(k, r)
    if (cost < least) [best, least] = [r, cost]
  }
  if (k < 1 << 20) chosen.set(k, best)
  return best
}

/** kP for a prime k. */
export function multiplyByPrime(curve: Curve, p: Point, k: number): Point {
  if (k === 2) return double(curve, p)
  if (k === 3) return add(curve, double(curve, p), p, p)
  const r = firstRemainder(k)
  let [d, e] = [k - r, 2 * r - k]
  // Throughout: k·P = d·A + e·B and C = A - B.
  let triple: Triple = { a: double(curve, p), b: p, c: p }
  while (d !== e) {
    if (d < e) {
      ;[d, e] = [e, d]
      triple = { a: triple.b, b: triple.a, c: triple.c }
    }
    const next = step(d, e)
    triple = move(curve, next.rule, triple)
    d = next.d
    e = next.e
  }
  return add(curve, triple.a, triple.b, triple.c)
}

interface Triple {
  readonly a: Point
  readonly b: Point
  /** a - b; its sign does not matter, x:z do not know it. */
  readonly c: Point
}

/** The points after one rule, derived from k·P = d·A + e·B with the d and e of `step`. */
function move(curve: Curve, rule: Rule, { a, b, c }: Triple): Triple {
  if (rule === 5) return { a: double(curve, a), b, c: add(curve, a, c, b) }
  if (rule === 9) return { a, b: double(curve, b), c: add(curve, c, b, a) }
  const sum = add(curve, a, b, c)
  if (rule === 3) return { a, b: sum, c: b }
  if (rule === 1) return { a: add(curve, sum, a, b), b: add(curve, sum, b, a), c }
  const twice = double(curve, a)
  if (rule === 2 || rule === 4) return { a: twice, b: sum, c }
  const thrice = add(curve, twice, a, a)
  if (rule === 6) return { a: thrice, b: add(curve, twice, sum, c), c: b }
  if (rule === 7) return { a: thrice, b: add(curve, sum, a, b), c }
  return { a: thrice, b: sum, c: add(curve, a, c, b) }
}
