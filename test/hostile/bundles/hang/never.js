export const work = () => new Promise(() => {})
