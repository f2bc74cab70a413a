export const work = () => ({ get value() { for (;;); } })
