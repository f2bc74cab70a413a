export const work = async () => { for (;;) await null }
