import { DEFAULT_PORT, isFree } from '../../local/server.ts'
import { readStatus } from '../rest.ts'
import type { Check } from './finding.ts'

export const checkPort: Check = async ({ url }) => {
  if (url !== undefined) {
    const status = await readStatus(url).catch((error: Error) => error)
    if (!(status instanceof Error)) return { state: 'ok', says: `A server of version ${status.version} answers at ${url}.` }
    return { state: 'broken', says: status.message, mend: 'Start it, or see that nothing between here and there keeps the port closed.' }
  }
  if (await isFree(DEFAULT_PORT)) return { state: 'ok', says: `Port ${DEFAULT_PORT} is free.` }
  const other = await readStatus(`http://127.0.0.1:${DEFAULT_PORT}`).catch(() => undefined)
  return {
    state: 'note',
    says: `Port ${DEFAULT_PORT} is taken by ${other === undefined ? 'another program' : 'the DSage of another home'}; a server takes any free one instead.`,
    mend: `dsage start --port <port> gives it a fixed one.`,
  }
}
