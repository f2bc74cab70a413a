export const work = () => { throw { get message() { for (;;); } } }
