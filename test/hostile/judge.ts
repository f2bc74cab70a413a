/** Which promises an attack broke, by what was seen from outside; what a bundle says of itself counts only as bytes that must be the truth. */
import { decodeOutputs, encode } from '../../sdk/codec.ts'
import type { UnitOutcome } from '../../web-worker-client/engine/sandbox-thread.ts'
import type { Answer, Attack, Promised } from './attacks.ts'
import type { PageView } from './probe.ts'

/** Deadline of a hostile unit, and of the honest ones around it. */
export const DEADLINE_SECONDS = 1
/** Of one that hangs from its first step: nothing is seen later that is not seen by then. */
const HANG_SECONDS = 0.4
export const deadlineOf = ({ breaks, answers }: Attack): number =>
  breaks === 'deadline' && answers[0] === 'deadline' ? HANG_SECONDS : DEADLINE_SECONDS
/** A second after its deadline every unit has an answer. */
export const patienceAfter = (deadlineSeconds: number): number => deadlineSeconds + 1
export const MOST_TASK_MS = 200
/** What a unit may leave behind: the next sandbox, and what a browser frees later. */
export const MOST_KEPT_BYTES = 200 * 1024 * 1024

export interface Run {
  /** None when nothing came in time. */
  readonly outcome: UnitOutcome | undefined
  readonly seconds: number
}

/** What was seen from outside. */
export interface Facts {
  readonly first: Run
  readonly again?: Run | undefined
  /** An honest unit afterwards: the square of 9, plus 1. */
  readonly next: Run
  /** What reached sink and portal. */
  readonly visits: readonly string[]
  readonly view: PageView
  /** How late this process, which has nothing to do meanwhile, was: what a busy machine does to a page as well. */
  readonly machineLateMs: number
  readonly keptBytes: number
}

export const HONEST_CODE = 'export const work = (x) => x * x + 1'
export const HONEST_INPUT = 9
const HONEST_ANSWER: Answer = [82]

/** What a page that believes everything calls an answer that is no list of outputs within the cap. */
const BELIEVED = 'believed'

const same = (a: unknown, b: unknown): boolean => Buffer.from(encode(a)).equals(Buffer.from(encode(b)))

function gives(outcome: UnitOutcome, answer: Answer): boolean {
  if ('errored' in outcome) return outcome.errored === answer
  const outputs = decodeOutputs(outcome.output)
  if (answer === 'anything') return true
  if (answer === 'throws') return outputs.every((item) => 'error' in item)
  return (
    typeof answer !== 'string' &&
    same(
      outputs,
      answer.map((value) => ({ value })),
    )
  )
}

const isRight = ({ outcome }: Run, answers: readonly Answer[]): boolean =>
  outcome !== undefined && answers.some((answer) => gives(outcome, answer))
const isLate = ({ outcome, seconds }: Run, deadlineSeconds: number): boolean =>
  outcome === undefined || seconds > patienceAfter(deadlineSeconds)

export function brokenPromises(attack: Attack, facts: Facts): Promised[] {
  const { answers, again } = attack
  const runs = facts.again ? [facts.first, facts.again] : [facts.first]
  const isTrue = isRight(facts.first, answers) && (!facts.again || isRight(facts.again, again!.answers))
  const broken: Record<Promised, boolean> = {
    network: facts.visits.length > 0,
    deadline: runs.some((run) => isLate(run, deadlineOf(attack))),
    truth: !isTrue,
    result: runs.some(({ outcome }) => (outcome as { errored?: string } | undefined)?.errored === BELIEVED),
    next: isLate(facts.next, DEADLINE_SECONDS) || !isRight(facts.next, [HONEST_ANSWER]),
    page: facts.view.longestTask - facts.machineLateMs > MOST_TASK_MS || facts.view.errors.length > 0,
    traces: facts.view.traces.length > 0,
    memory: facts.keptBytes > MOST_KEPT_BYTES,
  }
  return (Object.keys(broken) as Promised[]).filter((promise) => broken[promise])
}
