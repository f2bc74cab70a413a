export function work() {
  const kept = []
  for (let i = 0; i < 8e6; i++) kept.push({ i, text: `${i}` })
  for (;;) if (kept.length === 0) return 0
}
