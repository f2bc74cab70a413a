// The exports of a module are asked for `then` by whoever imports it.
export const then = () => { for (;;); }
export const work = () => 0
