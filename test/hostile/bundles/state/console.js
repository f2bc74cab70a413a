// Somebody else's words.
export function work(input, ctx) {
  ctx.console.kept = (ctx.console.kept ?? 0) + 1
  console.kept = (console.kept ?? 0) + 1
  return [ctx.console.kept ?? 0, console.kept ?? 0]
}
