// Whoever prints an object asks it for its text.
export const work = () => { console.log({ toJSON() { for (;;); } }); return 'done' }
