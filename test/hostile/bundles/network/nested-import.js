// A module made of text that imports the real one.
export async function work() {
  const text = 'import "http://__SINK__/nested.js"'
  attempt(() => import(`data:text/javascript,${encodeURIComponent(text)}`))
  attempt(() => import((globalThis.URL ?? webkitURL).createObjectURL(new Blob([text], { type: 'text/javascript' }))))
  return settled()
}
