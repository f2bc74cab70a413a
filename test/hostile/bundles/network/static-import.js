import leak from 'http://__SINK__/static.js'
export const work = () => leak
