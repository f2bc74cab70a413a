export function work() {
  const kept = []
  for (let i = 0; i < 10; i++) kept.push(new WebAssembly.Table({ element: 'externref', initial: 10_000_000 }, {}))
  for (;;) if (kept.length === 0) return 0
}
