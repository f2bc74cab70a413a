export const work = () => ({ get value() { return globalThis } })
