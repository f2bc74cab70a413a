import type { FileState } from '../../sdk/protocol.ts'

/** Files that jobs give to their code, by their SHA-256 (hex); one that is not complete is given to nobody. */
export interface FileStore {
  /** How much of the file is there; undefined when nobody began to send it. */
  state(sha256: string): Promise<FileState | undefined>
  /** Makes room for a file of this size, or answers with the one that is there, whatever its size. */
  begin(sha256: string, bytes: number): Promise<FileState>
  /** Adds the piece that begins at `offset`, unless what came so far does not end there; answers with what is there then. */
  add(sha256: string, offset: number, bytes: Uint8Array): Promise<FileState | undefined>
  /** Says that its bytes have its digest. */
  complete(sha256: string): Promise<void>
  /** Takes back one that is not complete: it is unknown then. */
  discard(sha256: string): Promise<void>
  /** Piece `n`, from 0, of `LIMITS.filePieceBytes` or what is left. */
  piece(sha256: string, n: number): Promise<Uint8Array | undefined>
  /** Sum of the sizes of all files, those that are still being sent or deleted among them. */
  storedBytes(): Promise<number>
  /** Takes back files that no job has and nobody sent or used for so long; answers with how many. */
  forgetUnused(unusedMs: number): Promise<number>
  /** Deletes a few pieces of files that were taken back; false when none are left. */
  deletePieces(): Promise<boolean>
}
