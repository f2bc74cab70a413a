export const work = () => { for (;;); }
