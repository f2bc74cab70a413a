for (;;);
export const work = () => 0
