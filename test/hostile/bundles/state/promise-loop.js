// Answers, and never leaves the floor to anybody again.
export function work(input) {
  if (input === 1) {
    const spin = async () => { for (;;) await null }
    spin()
  }
  return 'done'
}
