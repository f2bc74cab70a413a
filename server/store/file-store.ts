import type { FileState } from '../../sdk/protocol.ts'

/** A file in the store. */
export type StoredFile = FileState & { readonly id: number }

/** Files that jobs give to their code, by their SHA-256 (hex); one that is not complete is its sender's alone. */
export interface FileStore {
  /** The file when it is complete, else what `senderId` has sent of it; undefined when there is neither. */
  find(sha256: string, senderId?: number): Promise<StoredFile | undefined>
  /** Makes room for a file of this size, or answers with the one of this sender that is there, whatever its size. */
  begin(sha256: string, bytes: number, senderId: number): Promise<StoredFile>
  /** Adds the piece that begins at `offset`, unless what came so far does not end there; answers with what is there then. */
  add(id: number, offset: number, bytes: Uint8Array): Promise<StoredFile | undefined>
  /** Says that its bytes have its digest. */
  complete(id: number): Promise<void>
  /** Takes back one that is not complete: it is unknown then. */
  discard(id: number): Promise<void>
  /** Piece `n`, from 0, of `LIMITS.filePieceBytes` or what is left. */
  piece(id: number, n: number): Promise<Uint8Array | undefined>
  /** How many files there are and the sum of their sizes, those that are still being sent or deleted among them; of one sender, or of all. */
  stored(senderId?: number): Promise<{ readonly files: number; readonly bytes: number }>
  /** Takes back files that no job has and nobody sent or used for so long; answers with how many. */
  forgetUnused(unusedMs: number): Promise<number>
  /** Deletes a few pieces of files that were taken back; false when none are left. */
  deletePieces(): Promise<boolean>
}
