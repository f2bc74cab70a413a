await new Promise(() => {})
export const work = () => 0
