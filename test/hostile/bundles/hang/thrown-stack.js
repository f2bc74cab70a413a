// Asked for after name and message, which are in order.
export const work = () => { throw { name: 'Error', message: 'x', get stack() { for (;;); } } }
