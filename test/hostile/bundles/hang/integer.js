export function work() {
  let x = 3n ** 100_000n
  for (;;) x = (x * x) % (2n ** 400_000n - 1n)
}
