/** Attacks take place side by side, each lane with a sink of its own, so that what comes to it can be told apart. */

import type { Arena } from './arena.ts'
import { assault } from './arena.ts'
import type { Attack, Promised } from './attacks.ts'
import { brokenPromises, type Facts } from './judge.ts'

/** Judged by the clock or by what the machine has to spare: a machine that is busy with something else can break these by itself. */
const BY_CLOCK: readonly Promised[] = ['deadline', 'next', 'page', 'memory']

export interface Verdict {
  readonly facts: Facts
  readonly broken: readonly Promised[]
}

export async function judge(arena: Arena, attack: Attack): Promise<Verdict> {
  const facts = await assault(arena, attack)
  return { facts, broken: brokenPromises(attack, facts) }
}

/** Once more, and once more again: what a bundle does to the clock it does each time, what other programs do passes. */
const ATTEMPTS = 3

/** As `judge` in a whole sandbox, where nothing is broken: what only the clock says is asked up to three times. */
export async function judgeWhole(arena: Arena, attack: Attack): Promise<Verdict> {
  let verdict = await judge(arena, attack)
  for (let attempt = 1; attempt < ATTEMPTS && isDoubtful(verdict); attempt++) verdict = await judge(arena, attack)
  return verdict
}

/** A truth that is missed because the deadline came is the clock's word too. */
function isDoubtful({ broken, facts: { first, again } }: Verdict): boolean {
  const wasStopped = [first, again].some(
    (run) => run && (run.outcome === undefined || (run.outcome as { errored?: string }).errored === 'deadline'),
  )
  return broken.length > 0 && broken.every((promise) => BY_CLOCK.includes(promise) || (promise === 'truth' && wasStopped))
}

/** As `judge` where the attack shall bite: on a busy machine it may come to nothing at first. */
export async function judgeBite(open: () => Promise<Arena & { close(): Promise<void> }>, attack: Attack): Promise<Verdict> {
  for (let attempt = 1; ; attempt++) {
    const arena = await open()
    try {
      const verdict = await judge(arena, attack)
      if (attempt === ATTEMPTS || verdict.broken.includes(attack.breaks)) return verdict
    } finally {
      await arena.close()
    }
  }
}

/** Lends each of its items to one at a time. */
export class Lanes<Item> {
  readonly #free: Item[]
  readonly #waiting: ((item: Item) => void)[] = []

  constructor(items: readonly Item[]) {
    this.#free = [...items]
  }

  async use<Value>(use: (item: Item) => Promise<Value>): Promise<Value> {
    const item = this.#free.pop() ?? (await new Promise<Item>((resolve) => this.#waiting.push(resolve)))
    try {
      return await use(item)
    } finally {
      const next = this.#waiting.shift()
      if (next) next(item)
      else this.#free.push(item)
    }
  }
}
