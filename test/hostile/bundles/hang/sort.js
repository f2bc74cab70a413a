export const work = () => Array.from({ length: 3 }, (_, i) => i).sort(() => { for (;;); })
