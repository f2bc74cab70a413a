import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface, type Interface } from 'node:readline'
import type { VolunteersPlan, VolunteersReport } from './volunteers.ts'

/** The process of the simulated volunteers. */
export class VolunteersProcess {
  readonly #child: ChildProcess
  readonly #lines: Interface

  constructor(plan: VolunteersPlan) {
    this.#child = spawn(process.execPath, ['test/bench/volunteers.ts'], { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#lines = createInterface({ input: this.#child.stdout as NodeJS.ReadableStream })
    this.#send({ plan })
  }

  report(): Promise<VolunteersReport> {
    return this.#ask({ report: true })
  }

  /** No further calls; answers with the last figures after `settleMs`, when calls under way were answered. */
  async stop(settleMs = 1000): Promise<VolunteersReport> {
    await this.#ask({ stop: true })
    await new Promise((resolve) => setTimeout(resolve, settleMs))
    const report = await this.report()
    const exited = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.stdin?.end()
    await exited
    return report
  }

  #ask(message: object): Promise<VolunteersReport> {
    return new Promise((resolve) => {
      this.#lines.once('line', (line) => resolve(JSON.parse(line) as VolunteersReport))
      this.#send(message)
    })
  }

  #send(message: object): void {
    this.#child.stdin?.write(`${JSON.stringify(message)}\n`)
  }
}
