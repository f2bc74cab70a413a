export const work = () => new Uint8Array(64 << 20)
