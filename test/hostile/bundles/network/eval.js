export async function work() {
  attempt(() => (0, eval)('fetch("http://__SINK__/from-eval", { mode: "no-cors" })'))
  attempt(() => self['ev' + 'al']('fetch("http://__SINK__/from-eval", { mode: "no-cors" })'))
  return settled()
}
