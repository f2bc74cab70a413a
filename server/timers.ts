/** What may happen later; made in `main`, so that everything else stays free of timers. Each returns what cancels it. */
export interface Timers {
  after(milliseconds: number, run: () => void): () => void
  every(milliseconds: number, run: () => void): () => void
}
