// No output is too large, all of them are.
export const work = () => 'x'.repeat(100_000)
