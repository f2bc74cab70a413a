import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { descendantsOf } from '../descendants.ts'

function killTree(root: ChildProcess): void {
  if (root.pid === undefined) return
  for (const id of [...descendantsOf(root.pid), root.pid]) {
    try {
      process.kill(id, 'SIGKILL')
    } catch {
      // It ended meanwhile.
    }
  }
}

/** A program and whatever it starts, ended together: by `end`, and when the tests end without it. */
export class ProcessTree {
  readonly root: ChildProcess
  readonly #onExit = () => killTree(this.root)

  constructor(program: string, args: readonly string[], options: SpawnOptions) {
    this.root = spawn(program, args, options)
    // Whether it runs says whoever waits for its first word.
    this.root.on('error', () => {})
    process.once('exit', this.#onExit)
  }

  async end(): Promise<void> {
    process.off('exit', this.#onExit)
    const { pid, exitCode, signalCode } = this.root
    if (pid === undefined) return
    const ended = exitCode === null && signalCode === null ? once(this.root, 'exit') : undefined
    killTree(this.root)
    await ended
  }
}
