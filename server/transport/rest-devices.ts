import type { DeviceRow } from '../../sdk/protocol.ts'
import type { Reading } from '../reading.ts'
import { type Route, route } from './rest.ts'
import type { RestTransport } from './rest-routes.ts'
import * as rest from './rest-schemas.ts'

const DEVICE = '/api/v1/devices/:device'
const read = { method: 'get', access: 'optional' } as const
const act = { method: 'post', access: 'home' } as const
type StoredDevice = Awaited<ReturnType<Reading['device']>>

/** Devices, their order by accepted results, and what an admin does to them. */
export function deviceRoutes({ reading, administration, live }: RestTransport): Route[] {
  /** As its asker may see it: why a device is banned is between the admin and the device. */
  const shown = ({ banReason, appeal, ...row }: StoredDevice, isAdmin: boolean): DeviceRow => ({
    ...{ ...row, connected: live.isConnectedId(row.device), threads: live.threadsOf(row.device) },
    ...(isAdmin && banReason !== undefined ? { banReason } : {}),
    ...(isAdmin && appeal !== undefined ? { appeal } : {}),
  })
  const one = async (device: string) => shown(await reading.device(device), true)
  return [
    route({
      ...{ ...read, path: '/api/v1/devices', summary: 'Devices, newest first', query: rest.page, answer: rest.devices },
      answerTo: async ({ query, asker }) => {
        const page = await reading.devices(query.after, query.limit)
        return { ...page, rows: page.rows.map((row) => shown(row, asker?.isHome === true)) }
      },
    }),
    route({
      ...{ ...read, path: '/api/v1/leaderboard', query: rest.leaderboardPage, answer: rest.devices },
      summary: 'Devices by accepted results, the most first, without the banned ones',
      answerTo: async ({ query, asker }) => {
        const page = await reading.leaderboard(query.after, query.limit)
        return { ...page, rows: page.rows.map((row) => shown(row, asker?.isHome === true)) }
      },
    }),
    route({
      ...{ ...read, path: DEVICE, summary: 'One device', answer: rest.device },
      answerTo: async ({ device, asker }) => shown(await reading.device(device), asker?.isHome === true),
    }),
    route({
      ...{ ...act, path: `${DEVICE}/ban`, body: rest.ban, answer: rest.device },
      summary: 'Ban a device: it is told the reason, its units go to others, it is refused until it is un-banned',
      answerTo: async ({ device, body }) => {
        await administration.ban(device, body.reason)
        return one(device)
      },
    }),
    route({
      ...{ ...act, path: `${DEVICE}/unban`, summary: 'Let a banned device come back, as a suspect one', answer: rest.device },
      answerTo: async ({ device }) => {
        await administration.unban(device)
        return one(device)
      },
    }),
  ]
}
