/** `dsage factor`: one number, on the workers of a running server or on some started for it. */

import { TimedOut } from '../errors.ts'
import { DistributedFactor } from '../functions/factor/distributed-factor.ts'
import { within } from '../within.ts'
import type { WrittenInteger } from './arguments.ts'
import { openCluster } from './cluster.ts'
import { factorJson, factorText, mistakesOf } from './factor-text.ts'
import { aborted, interruption } from './interruption.ts'
import { jsonLine } from './json-line.ts'
import { ProgressLine } from './progress-line.ts'
import { readStatus } from './rest.ts'

export interface FactorCommand {
  readonly home: string
  readonly number: WrittenInteger
  readonly workers: number
  readonly algebra: boolean
  readonly json: boolean
  /** Seconds. */
  readonly timeout?: number
  readonly url?: string
}

const PROGRESS_EVERY_MS = 200
const STOP_SECONDS = 1

/** Exit code 0, or 1 when the factorisation is not complete; what is known is printed then too. @throws what the SDK throws */
export async function factor(command: FactorCommand): Promise<number> {
  const signal = interruption()
  const cluster = await openCluster(command, signal)
  if (cluster === undefined) return 1
  const { d, url, close } = cluster
  try {
    const { threadsConnected } = await readStatus(url)
    const factoring = new DistributedFactor(d, command.number.text, { algebra: command.algebra, workers: Math.max(1, threadsConnected) })
    await untilDone(factoring, command, signal)
    print(factoring, command)
    return factoring.result!.complete && mistakesOf(command.number.value, factoring.result!).length === 0 ? 0 : 1
  } finally {
    await close()
  }
}

/** Ends it early when it is late or interrupted; then `result` is what is known. */
async function untilDone(factoring: DistributedFactor, { number, timeout }: FactorCommand, signal: AbortSignal): Promise<void> {
  const line = new ProgressLine(`Factoring ${number.text.slice(0, 40)}`)
  const timer = setInterval(
    () => line.update(factoring.progress.fraction, `${factoring.curvesDistributed + factoring.curvesLocal} curves`),
    PROGRESS_EVERY_MS,
  )
  try {
    await Promise.race([factoring.wait(timeout === undefined ? {} : { timeout }), aborted(signal)])
  } catch (error) {
    if (!(error instanceof TimedOut)) throw error
  } finally {
    clearInterval(timer)
    line.stop()
  }
  if (!factoring.done) await within(factoring.stop(), STOP_SECONDS, 'not stopped').catch(() => {})
}

function print(factoring: DistributedFactor, { number, json }: FactorCommand): void {
  const { curvesDistributed, curvesLocal, time } = factoring
  const result = factoring.result!
  if (json) {
    const curves = { workers: curvesDistributed, local: curvesLocal }
    const answer = { expression: number.text, n: String(number.value), ...factorJson(result), curves, seconds: time }
    process.stdout.write(jsonLine(answer))
    return
  }
  process.stdout.write(`${number.text} = ${factorText(result)}\n`)
  process.stdout.write(`${curvesDistributed} curves on workers, ${curvesLocal} here, ${time.toFixed(2)} s\n`)
  if (!result.complete) process.stderr.write('The factorisation is not complete: it was ended early.\n')
}
