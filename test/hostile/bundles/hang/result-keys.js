export const work = () => new Proxy({}, { ownKeys() { for (;;); } })
