import { act, RestFailure } from '../api/rest.ts'
import { m } from '../messages/catalogue.ts'
import { homeToken } from './home-token.svelte.ts'

/** What an admin does, one thing at a time, and what came of it. */
export class Acts {
  #said = $state('')
  #failed = $state(false)
  #underWay = $state(false)

  /** The last outcome as a sentence; empty before there is one. */
  get said(): string {
    return this.#said
  }

  get failed(): boolean {
    return this.#failed
  }

  get underWay(): boolean {
    return this.#underWay
  }

  /** Posts to `path` and says `done`, or why it was refused; answers whether it was done. */
  async run(path: string, done: string, body?: unknown): Promise<boolean> {
    if (this.#underWay || homeToken.value === undefined) return false
    this.#underWay = true
    try {
      await act(path, homeToken.value, body)
      this.#tell(done, false)
      return true
    } catch (error) {
      if (!(error instanceof RestFailure)) throw error
      this.#tell(m.admin.stillFailed(error.message), true)
      return false
    } finally {
      this.#underWay = false
    }
  }

  #tell(said: string, failed: boolean): void {
    this.#said = said
    this.#failed = failed
  }
}
