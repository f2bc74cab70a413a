/** What a check found. */
export interface Finding {
  /** `note`: it works, but not everything. */
  readonly state: 'ok' | 'note' | 'broken'
  /** A sentence. */
  readonly says: string
  /** What to do, a sentence. */
  readonly mend?: string
}

export interface Examined {
  readonly home: string
  /** The server named, or that of the home when it runs. */
  readonly url: string | undefined
}

export type Check = (examined: Examined) => Promise<Finding>
