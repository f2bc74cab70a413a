// One call of the engine's own that never ends.
export const work = () => Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)
