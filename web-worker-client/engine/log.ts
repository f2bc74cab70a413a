/** Where the engine writes sentences for the person who runs it; never a secret. */
export interface Log {
  info(sentence: string): void
  warn(sentence: string): void
}
