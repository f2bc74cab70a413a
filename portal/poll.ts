const EVERY_MS = 1_000
const ANSWER_MS = 3_000

/** Reads `path` once a second while the page is visible, one request at a time. What fails is asked again a second later. */
export function poll<Body>(path: string, onBody: (body: Body) => void): void {
  let isUnderWay = false
  const ask = async () => {
    if (isUnderWay || document.visibilityState !== 'visible') return
    isUnderWay = true
    try {
      const answer = await fetch(path, { signal: AbortSignal.timeout(ANSWER_MS) })
      if (answer.ok) onBody((await answer.json()) as Body)
    } catch {
      // The server is away: the connection line says so.
    } finally {
      isUnderWay = false
    }
  }
  setInterval(ask, EVERY_MS)
  document.addEventListener('visibilitychange', ask)
  void ask()
}
