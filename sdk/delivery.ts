/** What an event of a job means to whoever submitted it: a result an input, looked at with the schema, its stacks in the lines that were written. */
import { eachOutput } from './codec.ts'
import { JobFailed, type RemoteError } from './errors.ts'
import { resultsOfEvent } from './event-results.ts'
import type { InputResult } from './input-result.ts'
import { fitted, type OutputSchema } from './output-schema.ts'
import type { JobEvent } from './protocol.ts'
import { type Origin, readableStacks } from './remote-stack.ts'
import type { UnitStream } from './unit-stream.ts'

export interface DeliveryPlan<Input> {
  /** Name of the job. */
  readonly job: string
  readonly stream: Pick<UnitStream<Input>, 'window' | 'inputsOf'>
  readonly origin: Origin
  readonly schema: OutputSchema<unknown> | undefined
  /** Told of an output that does not fit, where that ends the job. */
  readonly onMismatch?: (failure: JobFailed) => void
}

export class Delivery<Output, Input> {
  readonly #plan: DeliveryPlan<Input>

  constructor(plan: DeliveryPlan<Input>) {
    this.#plan = plan
  }

  /** The results of an event. */
  async of(event: JobEvent): Promise<Iterable<InputResult<Output, Input>>> {
    const { job, stream, schema, onMismatch } = this.#plan
    const start = Number(event.key)
    const inputs = { count: () => stream.inputsOf(start), at: (index: number) => stream.window.get(index) }
    const results = resultsOfEvent<Output, Input>(event, inputs, await this.#stacks(event))
    if (schema === undefined || event.kind === 'retracted' || event.kind === 'failed') return results
    const delivered: InputResult<Output, Input>[] = []
    for (const result of results) {
      if (result.error !== undefined || result.state === 'retracted') delivered.push(result)
      else {
        const { value, error: _none, ...about } = result
        const { index } = about
        const answer = await fitted(schema, value)
        if ('error' in answer) onMismatch?.(new JobFailed({ job, unit: event.key, index, error: answer.error }))
        delivered.push({ ...about, ...answer } as InputResult<Output, Input>)
      }
    }
    return delivered
  }

  /** Of each input that threw, by its position in the unit, the stack in the researcher's lines. */
  async #stacks({ stack, output }: JobEvent): Promise<ReadonlyMap<number, string>> {
    if (stack === undefined || output === undefined) return new Map()
    const errors = new Map<number, RemoteError>()
    let position = 0
    for (const item of eachOutput(output)) {
      if ('error' in item) errors.set(position, item.error)
      position += 1
    }
    return readableStacks(stack, errors, this.#plan.origin)
  }
}
