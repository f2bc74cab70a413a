export const work = async (input, ctx) => { for (;;) await ctx.tick() }
