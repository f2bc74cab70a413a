// Where this runs: the addresses of realm, page and code.
export function work() {
  const seen = []
  const look = (f) => {
    try {
      const text = f()
      if (typeof text === 'string') seen.push(text)
    } catch {}
  }
  look(() => location.href)
  look(() => origin)
  look(() => import.meta.url.startsWith('blob:http') && import.meta.url)
  look(() => /https?:\S+/.exec(new Error('where').stack)?.[0])
  look(() => document.referrer)
  look(() => process.cwd())
  look(() => process.argv[0])
  return seen
}
