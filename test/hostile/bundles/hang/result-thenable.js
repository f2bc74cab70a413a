export const work = () => ({ then() { for (;;); } })
