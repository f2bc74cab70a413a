import type { Check } from './finding.ts'

const ANSWER_MS = 5_000
/** A login is good for a minute: so far apart clocks may be. HTTP tells whole seconds. */
const MOST_SECONDS = 30

export const checkClock: Check = async ({ url }) => {
  if (url === undefined) return { state: 'ok', says: 'No server runs to compare it with.' }
  const askedAt = Date.now()
  const answer = await fetch(new URL('/healthz', url), { signal: AbortSignal.timeout(ANSWER_MS) }).catch(() => undefined)
  const here = (askedAt + Date.now()) / 2
  const there = Date.parse(answer?.headers.get('date') ?? '')
  if (Number.isNaN(there)) return { state: 'note', says: `The server at ${url} does not tell its time.` }
  const seconds = Math.round((here - there) / 1000)
  if (Math.abs(seconds) <= MOST_SECONDS) return { state: 'ok', says: `It agrees with that of the server at ${url}.` }
  const which = seconds > 0 ? 'ahead of' : 'behind'
  const mend = 'Let both be set by the network: timedatectl set-ntp true, or the date settings of the system.'
  return { state: 'broken', says: `It is ${Math.abs(seconds)} s ${which} that of the server at ${url}.`, mend }
}
