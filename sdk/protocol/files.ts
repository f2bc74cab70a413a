/** Files that travel with a job: sent once by HTTP, in pieces, under their SHA-256; read by devices in ranges. */

/** A file of a job. */
export interface JobFile {
  /** What the job's code calls it, 1 to 200 characters, unique in the job. */
  readonly name: string
  /** SHA-256 of its bytes, hex; the device checks it. */
  readonly sha256: string
  readonly bytes: number
}

/** How much of a file the server has. */
export interface FileState {
  readonly sha256: string
  /** Of the whole file. */
  readonly bytes: number
  /** How many came, from the first: the next piece begins there. */
  readonly received: number
  /** Whether all came and have the digest: only then a job may name it. */
  readonly complete: boolean
}
