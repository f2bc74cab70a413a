// A list that says it has four thousand million items.
export const work = () => new Array(4294967295)
