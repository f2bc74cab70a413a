import { heaviest, isAccepted } from '../../../server/core/acceptance.ts'
import { AUDIT_POOL } from '../../../server/core/audit-plan.ts'
import { judgeAudit } from '../../../server/core/audit-verdict.ts'
import { isExcluded, isReverted } from '../../../server/core/exclusion.ts'
import { isEstranged, isExempt } from '../../../server/core/exemption.ts'
import { UNIT_LIMITS } from '../../../server/core/policy.ts'
import { isProven } from '../../../server/core/sealing.ts'
import { reauditAll, reauditsAtFirst, undo } from '../../../server/core/strike.ts'
import { afterPass, afterRevertedStrike, afterStrike, afterUnsupported, crossesThreshold } from '../../../server/core/trust.ts'
import { judgeVote } from '../../../server/core/vote-checks.ts'
import type { Crowd } from './crowd.ts'
import type { Conviction, Device } from './device.ts'
import { Queue } from './queue.ts'
import { NOBODY, UNIT, type UnitTable, VOTE, VOTES } from './unit-table.ts'

export type Purpose = 'copy' | 'audit' | 'again' | 'sample'
interface Strike {
  readonly device: Device
  readonly winners: readonly Device[]
  readonly unit: number
}
interface Group {
  answer: number
  weight: number
  holders: number
}
const scales = Array.from({ length: VOTES }, (): Group => ({ answer: 0, weight: 0, holders: 0 }))
const firstGroups = Array.from({ length: VOTES + 1 }, (_, count) => scales.slice(0, count))

/** What becomes of units and devices when answers arrive: core decides, this keeps the books. */
export class Settling {
  readonly table: UnitTable
  readonly crowd: Crowd
  /** Re-opened units, first in line. */
  readonly urgent: Queue
  readonly half: Queue
  /** The audit pool, a ring. */
  readonly pool = new Int32Array(AUDIT_POOL)
  pooled = 0
  /** Units that trusted devices look at again (T1). */
  readonly again: { readonly unit: number; readonly struck: Device }[] = []
  /** Units that somebody else is to compute for the closing sample of their author. */
  readonly samples: number[] = []
  open = 0
  failed = 0
  retracted = 0
  readonly #targetError: number
  readonly #random: () => number
  readonly #toReview: number[] = []
  readonly #toStrike: Strike[] = []
  readonly #convictions = new Map<number, Conviction[]>()

  constructor(table: UnitTable, crowd: Crowd, targetError: number, random: () => number) {
    this.table = table
    this.crowd = crowd
    this.urgent = new Queue(table)
    this.half = new Queue(table)
    this.#targetError = targetError
    this.#random = random
  }

  device(vote: number): Device {
    return this.crowd.all[this.table.voteDevice[vote] as number] as Device
  }

  /** Records the answer of a lease and settles everything that follows from it. */
  arrive(device: Device, unit: number, vote: number, answer: number, purpose: Purpose, struck?: Device): void {
    const { table } = this
    table.inFlight[unit] = (table.inFlight[unit] as number) - 1
    table.voteAnswer[vote] = answer
    table.voteEpoch[vote] = device.trustEpoch
    table.voteApart[vote] = device.apart
    device.units.push(unit)
    if (table.state[unit] === UNIT.open) this.#vote(device, unit, vote, purpose)
    else if (device.own) this.#ownWord(device, unit, vote)
    else if (table.state[unit] === UNIT.accepted) this.#compare(device, unit, vote, purpose, struck)
    this.#drain()
  }

  /** Gives a lease back that nobody will answer. */
  revoke(unit: number, vote: number): void {
    const { table } = this
    table.inFlight[unit] = (table.inFlight[unit] as number) - 1
    table.voteState[vote] = VOTE.voided
    this.#review(unit)
    this.#drain()
  }

  /** A fresh unit that wants a second copy. */
  waitsForSecond(unit: number): void {
    this.#enqueue(unit, this.half)
  }

  isSealed(unit: number): boolean {
    const { table } = this
    if (table.state[unit] !== UNIT.accepted) return false
    if (table.sealed[unit]) return true
    const author = table.author[unit] as number
    if (author === NOBODY || table.held[unit]) return false
    return isProven((this.crowd.all[author] as Device).passed - (table.authorPassed[unit] as number), this.#targetError)
  }

  #vote(device: Device, unit: number, vote: number, purpose: Purpose): void {
    const { table } = this
    if (device.suspect && purpose !== 'copy') {
      table.voteState[vote] = VOTE.silent
      this.#review(unit)
      return
    }
    table.voteState[vote] = VOTE.live
    if (device.own) this.#ownWord(device, unit, vote)
    else this.#decide(unit)
  }

  /** An own device's word seals at once (Q9, Q14). */
  #ownWord(device: Device, unit: number, vote: number): void {
    const { table } = this
    table.voteState[vote] = VOTE.live
    if (table.state[unit] === UNIT.open) this.open -= 1
    table.state[unit] = UNIT.accepted
    table.answer[unit] = table.voteAnswer[vote] as number
    table.author[unit] = NOBODY
    table.sealed[unit] = 1
    this.#judgeVotes(unit, [device], true)
    this.#sampleDone(unit)
    this.#enterPool(unit)
  }

  /** An answer to a unit that is decided: an audit, a sample or late. */
  #compare(device: Device, unit: number, vote: number, purpose: Purpose, struck?: Device): void {
    const { table } = this
    const agrees = table.voteAnswer[vote] === table.answer[unit]
    const behind = this.#behind(unit)
    const certain = behind === 0 && table.sealed[unit] === 1 && this.#ownBehind(unit)
    const again = purpose === 'again'
    const verdict = judgeAudit({ agrees, behind, certain, suspect: device.suspect, again })
    table.voteState[vote] = verdict.votes ? VOTE.live : VOTE.silent
    if (verdict.auditor !== 'unjudged') table.voteChecked[vote] = 1
    if (verdict.auditor === 'passed') this.#pass(device)
    if (verdict.auditor === 'struck') {
      const winners = this.#winners(unit)
      if (isExempt(device, winners, true)) this.#excuse(device, unit, vote)
      else this.#toStrike.push({ device, winners, unit })
    }
    if (verdict.author === 'passed') this.#passAuthor(unit)
    if (agrees && verdict.votes) this.#confirm(unit)
    if (verdict.unit === 'retract') this.#retract(unit, again, struck)
    if (verdict.unit === 'keep') this.#sampleDone(unit)
  }

  /** Whether the voter was struck since, or lost where only its engine explains it. */
  #isDoubted(vote: number): boolean {
    const { trustEpoch, apart } = this.device(vote)
    return (this.table.voteEpoch[vote] as number) < trustEpoch || (this.table.voteApart[vote] as number) < apart
  }

  #behind(unit: number): number {
    let behind = 0
    this.#each(unit, (vote) => {
      if (this.table.voteAnswer[vote] === this.table.answer[unit] && !this.device(vote).suspect && !this.device(vote).own) behind += 1
    })
    return behind
  }

  #ownBehind(unit: number): boolean {
    let own = false
    this.#each(unit, (vote) => {
      own ||= this.device(vote).own
    })
    return own
  }

  #winners(unit: number): Device[] {
    const winners: Device[] = []
    this.#each(unit, (vote) => {
      if (this.table.voteAnswer[vote] === this.table.answer[unit]) winners.push(this.device(vote))
    })
    return winners
  }

  #each(unit: number, look: (vote: number) => void): void {
    const first = unit * VOTES
    const end = first + (this.table.votes[unit] as number)
    for (let vote = first; vote < end; vote++) if (this.table.voteState[vote] === VOTE.live) look(vote)
  }

  #passAuthor(unit: number): void {
    const { table } = this
    const author = table.author[unit] as number
    this.#each(unit, (vote) => {
      if (table.voteDevice[vote] !== author || table.voteChecked[vote]) return
      table.voteChecked[vote] = 1
      this.#pass(this.crowd.all[author] as Device)
    })
  }

  #confirm(unit: number): void {
    const { table } = this
    let suspect = false
    for (const winner of this.#winners(unit)) suspect ||= winner.suspect
    if (suspect) return
    table.author[unit] = NOBODY
    table.sealed[unit] = 1
  }

  /** Re-opens the unit; after a second look (T1) without the votes of those that were struck since. */
  #retract(unit: number, again: boolean, struck?: Device): void {
    const { table } = this
    if (again) {
      this.#each(unit, (vote) => {
        if (this.#isDoubted(vote)) table.voteState[vote] = VOTE.voided
      })
    }
    if (again) this.#revertStrikes(unit)
    this.#reopen(unit)
    this.#toReview.push(unit)
    if (!again || !struck) return
    struck.differing += 1
    if (!reauditAll(struck.differing)) return
    for (const one of struck.toReaudit) this.again.push({ unit: one, struck })
    struck.toReaudit = []
  }

  #reopen(unit: number): void {
    const { table } = this
    table.state[unit] = UNIT.open
    table.author[unit] = NOBODY
    table.held[unit] = 0
    table.sealed[unit] = 0
    this.open += 1
    this.retracted += 1
  }

  /** Is the unit decided by its live votes? */
  #decide(unit: number): void {
    const { table } = this
    if (table.state[unit] !== UNIT.open) return
    const count = this.#weigh(unit)
    const groups = firstGroups[count] as readonly Group[]
    const best = heaviest(groups)
    if (isAccepted(groups, best, this.#targetError)) this.#accept(unit, groups[best] as Group)
    else this.#wantMore(unit, count)
  }

  #weigh(unit: number): number {
    const { table } = this
    const first = unit * VOTES
    const end = first + (table.votes[unit] as number)
    let count = 0
    for (let vote = first; vote < end; vote++) {
      if (table.voteState[vote] !== VOTE.live) continue
      const answer = table.voteAnswer[vote] as number
      let index = 0
      while (index < count && scales[index]?.answer !== answer) index += 1
      const group = scales[index] as Group
      if (index === count) {
        count += 1
        group.answer = answer
        group.weight = 0
        group.holders = 0
      }
      group.weight += this.device(vote).weight
      group.holders += 1
    }
    return count
  }

  #accept(unit: number, { answer, holders }: Group): void {
    const { table } = this
    table.state[unit] = UNIT.accepted
    table.answer[unit] = answer
    this.open -= 1
    if (holders >= 2) {
      const winners = this.#winners(unit)
      table.author[unit] = NOBODY
      table.sealed[unit] = winners.some(({ suspect }) => suspect) ? 0 : 1
      this.#judgeVotes(unit, winners)
    } else {
      this.#each(unit, (vote) => {
        const author = this.device(vote)
        table.author[unit] = author.id
        table.authorPassed[unit] = author.passed
        author.singles.push(unit)
      })
      table.sealed[unit] = 0
    }
    this.#sampleDone(unit)
    this.#enterPool(unit)
  }

  #judgeVotes(unit: number, winners: readonly Device[], certain = false): void {
    const { table } = this
    this.#each(unit, (vote) => {
      const device = this.device(vote)
      if (device.own) return
      const won = table.voteAnswer[vote] === table.answer[unit]
      const { engineClass, checks } = device
      const verdict = judgeVote(
        { engineClass, checks, won, checked: table.voteChecked[vote] === 1 },
        { winners, certain, belief: 1, isolated: true },
      )
      if (verdict === 'unjudged') return
      table.voteChecked[vote] = 1
      if (verdict === 'passed') this.#pass(device)
      if (verdict === 'struck') this.#toStrike.push({ device, winners, unit })
      if (verdict === 'engine') this.#excuse(device, unit, vote)
    })
  }

  /** Whether somebody else of the voter's engine says the same. */
  #isSupported(device: Device, unit: number, vote: number): boolean {
    const { table } = this
    let supported = false
    this.#each(unit, (other) => {
      const { id, engineClass, suspect } = this.device(other)
      supported ||= id !== device.id && engineClass === device.engineClass && !suspect && table.voteAnswer[other] === table.voteAnswer[vote]
    })
    return supported
  }

  /**
   * A loser that only its engine excuses (T2): its words are decided by copies, it is kept from the job when it comes too often and, where nobody
   * of its engine says the same, a newcomer again on whom nothing stands any more.
   */
  #excuse(device: Device, unit: number, vote: number): void {
    device.apart += 1
    device.excluded ||= isEstranged(device.apart)
    this.#hold(device)
    if (this.#isSupported(device, unit, vote)) return
    device.become(afterUnsupported(device))
    this.#backtrack(device, true)
  }

  /** What stands on its word alone is decided by copies. */
  #hold(device: Device): void {
    const { table } = this
    for (const unit of [...device.singles.splice(0), ...device.sampled.splice(0)]) {
      if (table.author[unit] !== device.id || table.held[unit] || this.isSealed(unit)) continue
      table.held[unit] = 1
      if (table.sampleOf[unit] !== NOBODY) continue
      table.sampleOf[unit] = device.id
      device.sampling += 1
      this.samples.push(unit)
    }
  }

  #sampleDone(unit: number): void {
    const author = this.table.sampleOf[unit] as number
    if (author === NOBODY) return
    this.table.sampleOf[unit] = NOBODY
    ;(this.crowd.all[author] as Device).sampling -= 1
  }

  #enterPool(unit: number): void {
    this.pool[this.pooled % AUDIT_POOL] = unit
    this.pooled += 1
  }

  #wantMore(unit: number, answers: number): void {
    const { table } = this
    const full = (table.votes[unit] as number) >= VOTES - 1 || (table.copies[unit] as number) >= UNIT_LIMITS.copies
    if (answers >= UNIT_LIMITS.answers || (full && table.inFlight[unit] === 0)) {
      table.state[unit] = UNIT.failed
      this.open -= 1
      this.failed += 1
      this.#sampleDone(unit)
      return
    }
    let returned = 0
    this.#each(unit, () => {
      returned += 1
    })
    table.live[unit] = returned + (table.inFlight[unit] as number)
    table.wanted[unit] = Math.max(table.wanted[unit] as number, returned + 1)
    this.#enqueue(unit, this.half)
  }

  #enqueue(unit: number, queue: Queue): void {
    if (this.table.queued[unit] || !this.table.needsCopy(unit)) return
    this.table.queued[unit] = 1
    queue.push(unit)
  }

  #pass(device: Device): void {
    const before = device.checks
    device.become(afterPass(device))
    device.passed += 1
    if (!crossesThreshold(before, device.checks)) return
    for (const unit of device.units) if (this.table.state[unit] === UNIT.open) this.#toReview.push(unit)
  }

  #drain(): void {
    for (;;) {
      const strike = this.#toStrike.pop()
      if (strike) {
        this.#strike(strike)
        continue
      }
      const unit = this.#toReview.pop()
      if (unit === undefined) return
      this.#review(unit)
    }
  }

  /** Looks at an open unit again: its live votes are counted anew. */
  #review(unit: number): void {
    const { table } = this
    if (table.state[unit] !== UNIT.open) return
    table.wanted[unit] = 1
    if (table.queued[unit]) {
      this.#decide(unit)
      return
    }
    table.queued[unit] = 1
    this.#decide(unit)
    table.queued[unit] = 0
    this.#enqueue(unit, this.urgent)
  }

  #strike({ device, winners, unit }: Strike): void {
    const conviction = { loser: device, winners, epochs: winners.map(({ trustEpoch }) => trustEpoch) }
    const earlier = this.#convictions.get(unit) ?? []
    this.#convictions.set(unit, [...earlier, { ...conviction, checksBefore: device.checks, suspectBefore: device.suspect }])
    device.become(afterStrike(device))
    if (isExcluded(device)) device.excluded = true
    this.#backtrack(device)
  }

  /** The unit's answer fell: who was struck for another gets its strike back (T3). */
  #revertStrikes(unit: number): void {
    for (const { loser, winners, epochs, checksBefore, suspectBefore } of this.#convictions.get(unit) ?? []) {
      const struckSince = winners.filter(({ trustEpoch }, i) => trustEpoch > (epochs[i] as number)).length
      if (!isReverted({ winners: winners.length, struckSince, answerFell: true })) continue
      loser.become(afterRevertedStrike(loser, checksBefore, suspectBefore))
      loser.excluded = isExcluded(loser)
    }
    this.#convictions.delete(unit)
  }

  /** What the device's word alone holds up falls or is looked at again (T1). */
  #backtrack(device: Device, excused = false): void {
    const sealedAlone: number[] = []
    for (const unit of device.units) this.#undoVote(device, unit, sealedAlone, excused)
    device.singles = []
    device.sampled.length = 0
    device.differing = 0
    for (let chosen = reauditsAtFirst(sealedAlone.length); chosen > 0; chosen--) {
      const [unit] = sealedAlone.splice(Math.floor(this.#random() * sealedAlone.length), 1)
      if (unit !== undefined) this.again.push({ unit, struck: device })
    }
    device.toReaudit = sealedAlone
  }

  #undoVote(device: Device, unit: number, sealedAlone: number[], excused: boolean): void {
    const { table } = this
    let own = -1
    let others = 0
    let othersDoubted = 0
    this.#each(unit, (vote) => {
      if (table.voteDevice[vote] === device.id) own = vote
      else if (table.voteAnswer[vote] === table.answer[unit]) {
        others += 1
        if (this.#isDoubted(vote)) othersDoubted += 1
      }
    })
    if (own < 0) return
    const state = table.state[unit] !== UNIT.accepted ? 'open' : this.isSealed(unit) ? 'sealed' : 'accepted'
    const won = state !== 'open' && table.voteAnswer[own] === table.answer[unit]
    const undoing = undo({ unit: state, won, others, othersDoubted, reauditedBefore: table.reaudited[unit] === 1, excused })
    if (undoing === 'keep') return
    if (undoing === 'void') {
      this.#voidVote(unit, own, won)
      return
    }
    table.sealed[unit] = 1
    table.reaudited[unit] = 1
    if (undoing === 'sample') sealedAlone.push(unit)
    else this.again.push({ unit, struck: device })
  }

  #voidVote(unit: number, vote: number, won: boolean): void {
    const { table } = this
    table.voteState[vote] = VOTE.voided
    table.copies[unit] = Math.max(0, (table.copies[unit] as number) - 1)
    if (table.state[unit] === UNIT.accepted && won) this.#reopen(unit)
    if (table.state[unit] === UNIT.open) this.#toReview.push(unit)
  }
}
