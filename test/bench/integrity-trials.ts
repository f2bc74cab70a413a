import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Tally, Trial } from '../simulation/integrity/trial.ts'

/** Runs the trials on all cores; the tallies come in the order of the trials. */
export async function runTrials(trials: readonly Trial[], threads = availableParallelism()): Promise<Tally[]> {
  const tallies: Tally[] = new Array(trials.length)
  let next = 0
  const work = async () => {
    const worker = new Worker(new URL('./integrity-worker.ts', import.meta.url))
    while (next < trials.length) {
      const index = next++
      tallies[index] = await ask(worker, trials[index] as Trial)
      process.stderr.write(`\r${index + 1} of ${trials.length} trials`)
    }
    await worker.terminate()
  }
  await Promise.all(Array.from({ length: threads }, work))
  process.stderr.write('\n')
  return tallies
}

const ask = (worker: Worker, trial: Trial): Promise<Tally> =>
  new Promise((resolve, reject) => {
    worker.once('error', reject)
    worker.once('message', (tally: Tally) => {
      worker.off('error', reject)
      resolve(tally)
    })
    worker.postMessage(trial)
  })
