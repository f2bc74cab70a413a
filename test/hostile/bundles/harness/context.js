// What `ctx` holds belongs to the harness; the second input must not see what the first did to it.
export function work(input, ctx) {
  if (input === 1) {
    for (const key of Reflect.ownKeys(ctx))
      try {
        ctx[key] = () => 'FORGED'
      } catch {}
    for (const holder of [ctx, ctx.random])
      try {
        Object.defineProperty(holder, 'random', { value: () => 'FORGED' })
        Object.setPrototypeOf(holder, { random: () => 'FORGED', log: () => 'FORGED' })
      } catch {}
    return 'first'
  }
  return typeof ctx.random()
}
