/** What a server tells everybody over REST. */
import { NotConnected, Refused } from '../errors.ts'
import type { ClusterStatus, DeviceRow, JobSnapshot, Page, Refusal } from '../protocol.ts'

const ANSWER_MS = 5_000
const ROWS = 200
/** A list is read this far, pages of 200 rows. */
const MOST_PAGES = 50

/** @throws NotConnected when no DSage server answers there, Refused with its own sentence */
async function get<Body>(url: string, path: string): Promise<Body> {
  const answer = await fetch(new URL(`/api/v1/${path}`, url), { signal: AbortSignal.timeout(ANSWER_MS) }).catch((error: Error) => {
    throw new NotConnected(`Expected a DSage server at ${url}, none answered; start one with "dsage start" or give --url.`, error)
  })
  const body: unknown = await answer.json().catch(() => undefined)
  if (typeof body !== 'object' || body === null)
    throw new NotConnected(`Expected a DSage server at ${url}, something else answered; give its address with --url.`)
  if ('error' in body) throw new Refused(body.error as Refusal)
  return body as Body
}

export const readStatus = (url: string): Promise<ClusterStatus> => get(url, 'status')
export const readJob = (url: string, job: string): Promise<JobSnapshot> => get(url, `jobs/${encodeURIComponent(job)}`)
/** The newest, at most 200. */
export const readJobs = async (url: string): Promise<readonly JobSnapshot[]> =>
  (await get<Page<JobSnapshot>>(url, `jobs?limit=${ROWS}`)).rows

/** The most credit first, at most `limit`. */
export async function readLeaders<Row>(url: string, of: string, limit: number): Promise<Row[]> {
  const leaders: Row[] = []
  for (let after = ''; leaders.length < limit; ) {
    const { rows, next } = await get<Page<Row>>(url, `leaderboard/${of}?limit=${Math.min(ROWS, limit - leaders.length)}${after}`)
    leaders.push(...rows)
    if (next === undefined) break
    after = `&after=${next}`
  }
  return leaders
}

/** The devices that are connected now, newest first. */
export async function connectedDevices(url: string): Promise<DeviceRow[]> {
  const devices: DeviceRow[] = []
  let after = ''
  for (let page = 0; page < MOST_PAGES; page++) {
    const { rows, next } = await get<Page<DeviceRow>>(url, `devices?limit=${ROWS}${after}`)
    devices.push(...rows.filter(({ connected }) => connected))
    if (next === undefined) break
    after = `&after=${next}`
  }
  return devices
}
