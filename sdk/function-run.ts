/**
 * The fold behind a DistributedFunction: which units are wanted, sent, decided. `nextJob` is asked after every single event, never after a page of
 * them, so that the order of calls is that of the events alone; whoever replays these from the first makes the same calls and comes to the same
 * state. Units asked for while old events are replayed are at the server already: only what is still undecided afterwards is sent, by its key.
 */
import { askedUnit } from './asked-unit.ts'
import { decode, encode } from './codec.ts'
import { BadArgument } from './errors.ts'
import { type Change, EventFold, isNews } from './event-fold.ts'
import { functionAnswer } from './function-answer.ts'
import type { FunctionSteps, KeyedUnit, ProcessedUnit, RunState } from './function-steps.ts'
import { FunctionUnits } from './function-units.ts'
import type { JobChannel } from './job-channel.ts'
import { isHeldUp } from './job-outcome.ts'
import { printable } from './printable.ts'
import { type JobEvent, LIMITS } from './protocol.ts'
import { type Rejection, rejectionOf } from './rejection.ts'
import { Rejections } from './rejections.ts'
import { takesItsTime } from './takes-its-time.ts'
import { unitMessages } from './unit-messages.ts'

export class FunctionRun<Input, Output> {
  readonly #steps: FunctionSteps<Input, Output>
  readonly #units = new FunctionUnits<Input>()
  /** Answers to units that `nextJob` has not given in this life. */
  readonly #early = new Map<string, JobEvent>()
  #rejections = new Rejections()
  #undropped: string[] = []
  /** It was said that no more units come, so that what waits for its seal is sampled. */
  #isComplete = false
  #fold: EventFold
  #channel: JobChannel | undefined
  /** Events that were there before this life. */
  #old = 0
  #step: Promise<unknown> | undefined

  constructor(steps: FunctionSteps<Input, Output>) {
    this.#steps = steps
    this.#fold = new EventFold(steps.deliver)
  }

  get outstanding(): readonly KeyedUnit<Input>[] {
    return [...this.#units.outstanding.values()]
  }

  /** Of the outstanding units those that are accepted and wait for their seal, where only sealed ones are processed: nobody computes them now. */
  get withheld(): number {
    return this.#steps.deliver === 'sealed' ? Math.min(this.#fold.unsealedCount, this.#units.outstanding.size) : 0
  }

  get processed(): readonly KeyedUnit<Input>[] {
    return [...this.#units.processed.values()]
  }

  /** What `look` gives between two events. */
  async between<Value>(look: (state: RunState<Input>) => Value): Promise<Value> {
    while (this.#step !== undefined) await this.#step
    const { outstanding, processed } = this
    const { after, unsealed } = this.#fold
    const { waiting: rejections, held } = this.#rejections
    const kept = { dropped: [...this.#units.dropped.values()], answers: [...this.#units.answers], rejections, held }
    return look({ after, unsealed, outstanding, processed, ...kept })
  }

  /** Goes on where `between` looked. */
  reopen({ after, unsealed, outstanding, dropped, processed, answers = [], rejections, held }: RunState<Input>): void {
    this.#fold = new EventFold(this.#steps.deliver, after, unsealed)
    this.#rejections = new Rejections(rejections, held)
    const units = this.#units
    for (const [key, n] of answers) units.answers.set(key, n)
    for (const unit of processed) units.processed.set(unit.key, unit)
    for (const unit of dropped) units.dropped.set(unit.key, unit)
    for (const unit of outstanding) units.put(unit, encode([unit.input]))
  }

  /** Until done, or until the job has ended: asks for units, sends them, takes answers in. @param old events that were there before this life */
  async goOn(channel: JobChannel, old: number): Promise<void> {
    this.#channel = channel
    this.#old = old
    if (this.#steps.isDone()) return
    await this.#between(() => this.#fill())
    await this.#endOfPage()
    if (this.#steps.isDone()) return
    for await (const page of this.#pages()) {
      for (const event of page) {
        await this.#between(() => this.#take(event))
        if (this.#steps.isDone()) return
      }
      await this.#endOfPage()
      if (this.#steps.isDone()) return
    }
  }

  /** Says that these units are no longer wanted; one that was decided before the server heard of it is processed all the same. */
  async drop(keys: Iterable<string>): Promise<void> {
    for (const key of keys) if (this.#units.drop(key)) this.#undropped.push(key)
    if (!this.#isReplaying) await this.#sendDrops()
  }

  /** What was rejected last must be known to be wrong before the job is over. @throws Refused, NotConnected */
  async answerRejections(): Promise<void> {
    await this.#rejections.send(this.#channel!)
  }

  /** Nobody shall compute what is no longer wanted, nor what an earlier life asked for and this one did not. */
  async tidy(): Promise<void> {
    const channel = this.#channel!
    if (channel.ended) return
    this.#old = 0
    await this.drop([...this.#units.outstanding.keys()])
    await channel.add([], true)
    if ((channel.snapshot?.units.open ?? 0) === 0) return
    for await (const units of channel.units()) await channel.drop(units.filter(({ state }) => state === 'open').map(({ key }) => key))
  }

  /**
   * After `tidy`: of a job that trusts, results that were processed may be taken back until they are sealed or the job is over. They are, and what
   * comes in their place is processed; nothing else is.
   */
  async settleDown(): Promise<void> {
    const channel = this.#channel!
    const retracted = new Set<string>()
    const isSettled = () => retracted.size === 0 && !this.#fold.unsealed.some((key) => this.#units.processed.has(key))
    const trusts = Object.hasOwn(Object(channel.snapshot?.redundancy), 'targetError')
    if (!trusts || this.#steps.deliver === 'sealed' || isSettled()) return
    for await (const page of this.#pages()) {
      for (const event of page) {
        const change = this.#fold.apply(event)
        if (change === 'retracted' && this.#units.processed.has(event.key)) retracted.add(event.key)
        else if (!isNews(change) || change === 'retracted' || !retracted.delete(event.key)) continue
        await this.#between(() => this.#answer(event, change))
      }
      await this.#rejections.send(channel)
      if (isSettled()) return
    }
  }

  #pages(): AsyncGenerator<readonly JobEvent[], void, void> {
    return this.#channel!.pages({ after: this.#fold.after, onPaused: this.#steps.onPaused })
  }

  get #isHeldUp(): boolean {
    return isHeldUp(this.#channel?.snapshot)
  }

  get #isReplaying(): boolean {
    return this.#fold.after < this.#old
  }

  /** Whoever looks `between` waits until it is over. */
  async #between(step: () => Promise<void>): Promise<void> {
    const stepping = step()
    const over = stepping.catch(() => {})
    this.#step = over
    try {
      await stepping
    } finally {
      if (this.#step === over) this.#step = undefined
    }
  }

  async #take(event: JobEvent): Promise<void> {
    await this.#answer(event, this.#fold.apply(event))
    if (!this.#steps.isDone()) await this.#fill()
  }

  async #answer(event: JobEvent, change: Change): Promise<void> {
    if (!isNews(change)) return
    const { key } = event
    if (change === 'retracted') return this.#retract(key)
    const unit = this.#units.find(key)
    if (unit === undefined) {
      if (!this.#units.has(key)) this.#early.set(key, event)
    } else if (!(this.#isHeldUp && (await this.#rejections.hold(event)))) await this.#process(unit, event)
  }

  async #retract(key: string): Promise<void> {
    this.#early.delete(key)
    this.#rejections.forget(key)
    const unit = this.#units.processed.get(key)
    if (unit === undefined) return
    const answer = await this.#answerBefore(key)
    this.#units.reopen(unit)
    await this.#steps.retract({ ...unit, ...answer })
  }

  /** What was processed of the unit: kept by the server, since outputs are not kept here. */
  async #answerBefore(key: string): Promise<Omit<ProcessedUnit<Input, Output>, 'key' | 'input'>> {
    const n = this.#units.answers.get(key)
    const event = n === undefined ? undefined : await this.#channel!.eventAt(n)
    return event === undefined || event.kind === 'retracted' ? {} : functionAnswer(event)
  }

  async #process(unit: KeyedUnit<Input>, event: JobEvent): Promise<void> {
    this.#early.delete(unit.key)
    this.#units.process(unit, event.n)
    const rejection = await rejectionOf(() => this.#steps.process({ ...unit, ...functionAnswer(event) }))
    if (rejection !== undefined) await this.#reject(unit, event, rejection)
  }

  /** It is outstanding until somebody else has computed it. */
  async #reject(unit: KeyedUnit<Input>, event: JobEvent, { reason }: Rejection): Promise<void> {
    if (event.kind === 'failed')
      throw new BadArgument(
        `Expected a result to reject, got unit ${printable(unit.key)}, which failed: ${printable(reason)}; nobody computes it again.`,
      )
    this.#units.reopen(unit)
    await this.#rejections.add(event, reason)
  }

  /** Asks for units until as many are outstanding as there may be. */
  async #fill(): Promise<void> {
    const { concurrent, name } = this.#steps
    while (!this.#steps.isDone() && this.#units.outstanding.size - this.withheld < concurrent) {
      const asked = this.#steps.next()
      const mayWait = asked instanceof Promise && this.#units.unsent.size > 0 && !this.#isReplaying
      if (mayWait && (await takesItsTime(asked))) await this.#send()
      const next = await asked
      if (next === undefined) return
      if (this.#isComplete)
        throw new BadArgument(`${name}: nextJob gave a unit too late, when all others waited for their seal; deliver 'accepted'.`)
      const { unit, bytes } = await askedUnit(name, next)
      if (this.#units.has(unit.key))
        throw new BadArgument(`${name}: nextJob gave the key ${printable(unit.key)} twice; give different units different \`key\`s.`)
      this.#units.put(unit, bytes)
      const early = this.#early.get(unit.key)
      if (early !== undefined) await this.#process(unit, early)
    }
  }

  /** Once all old events are taken in: takes in what was never asked for, and sends what is wanted. */
  async #endOfPage(): Promise<void> {
    if (this.#isReplaying || this.#steps.isDone()) return
    await this.#between(() => this.#takeHeld())
    await this.#between(() => this.#takeEarly())
    if (this.#steps.isDone()) return
    await this.#rejections.send(this.#channel!)
    await this.#sendDrops()
    await this.#send()
    if (this.#steps.isDone() || this.#channel!.ended) return
    if (this.#units.outstanding.size > 0) return this.#askForSeals()
    throw new BadArgument(
      `${this.#steps.name}: nextJob gave no unit while none is outstanding, and \`done\` is false; set \`done\`, or give a unit.`,
    )
  }

  /** What stands on one word is sampled once no more units come: without this both sides would wait for the other. */
  async #askForSeals(): Promise<void> {
    if (this.#isComplete || this.#units.outstanding.size > this.withheld) return
    this.#isComplete = true
    await this.#channel!.add([], true)
  }

  /** What was held while the job was paused: whoever resumed it wants it looked at once more. */
  async #takeHeld(): Promise<void> {
    if (this.#isHeldUp) return
    for (const [key, n] of this.#rejections.release()) {
      const unit = this.#units.find(key)
      const event = unit && (await this.#channel!.eventAt(n))
      if (event === undefined || this.#steps.isDone()) continue
      await this.#process(unit!, event)
      if (!this.#steps.isDone()) await this.#fill()
    }
  }

  /** Answers to units that only an earlier life gave: their inputs are the server's. */
  async #takeEarly(): Promise<void> {
    while (this.#early.size > 0 && !this.#steps.isDone()) {
      const units = await this.#channel!.inputs([...this.#early.keys()].slice(0, LIMITS.itemsPerMessage))
      if (units.length === 0) return
      for (const { key, input } of units) {
        const event = this.#early.get(key)
        if (event === undefined || this.#steps.isDone()) continue
        await this.#process({ key, input: (decode(input) as Input[])[0] as Input }, event)
        if (!this.#steps.isDone()) await this.#fill()
      }
    }
  }

  /** Sends what may not be at the server. To a job that is over nothing is sent: its events say how it ended. */
  async #send(): Promise<void> {
    const wanted = [...this.#units.unsent.values()]
    this.#units.unsent.clear()
    if (this.#channel!.ended) return
    for (const units of unitMessages(wanted)) await this.#channel!.add(units, false)
  }

  async #sendDrops(): Promise<void> {
    const keys = this.#undropped
    this.#undropped = []
    for (let from = 0; from < keys.length; from += LIMITS.itemsPerMessage)
      await this.#channel?.drop(keys.slice(from, from + LIMITS.itemsPerMessage))
  }
}
