// A font is fetched when it is loaded; a worker has FontFace.
export async function work() {
  attempt(() => new FontFace('leak', 'url(http://__SINK__/font.woff2)').load())
  return settled()
}
