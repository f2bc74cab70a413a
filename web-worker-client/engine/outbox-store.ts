import { decode, encode } from '@msgpack/msgpack'
import type { ReturnedUnit } from '../../sdk/protocol.ts'

/** Keeps undelivered results between runs, by device and lease. Any verb may reject; the result then lives in memory only. */
export interface OutboxStore {
  /** Every result kept for that device. */
  load(device: string): Promise<readonly ReturnedUnit[]>
  put(device: string, result: ReturnedUnit): Promise<void>
  /** Does nothing when there is no such result. */
  remove(device: string, lease: string): Promise<void>
}

/** Named bytes: a directory for a headless worker, IndexedDB or OPFS for a page. */
export interface ByteFolder {
  list(): Promise<readonly string[]>
  read(name: string): Promise<Uint8Array>
  /** Afterwards the name holds these bytes or, when it rejects, what it held before; never a part. */
  write(name: string, bytes: Uint8Array): Promise<void>
  remove(name: string): Promise<void>
}

/** Forgets with the process. */
export function memoryFolder(): ByteFolder {
  const entries = new Map<string, Uint8Array>()
  return {
    list: async () => [...entries.keys()],
    read: async (name) => entries.get(name) ?? Promise.reject(new Error(`Expected an entry named ${name}, found none.`)),
    write: async (name, bytes) => void entries.set(name, bytes),
    remove: async (name) => void entries.delete(name),
  }
}

/** Forgets with the process. */
export function memoryOutbox(): OutboxStore {
  const results = new Map<string, { device: string; result: ReturnedUnit }>()
  return {
    load: async (device) => [...results.values()].filter((kept) => kept.device === device).map((kept) => kept.result),
    put: async (device, result) => void results.set(`${device}.${result.lease}`, { device, result }),
    remove: async (device, lease) => void results.delete(`${device}.${lease}`),
  }
}

/** One entry `<device>.<lease>` a result, MessagePack. Devices of one home may share the folder: each sees its own only. */
export function folderOutbox(folder: ByteFolder): OutboxStore {
  return {
    async load(device) {
      const names = (await folder.list()).filter((name) => name.startsWith(`${device}.`))
      const results = await Promise.all(names.map((name) => readResult(folder, name)))
      return results.filter((result) => result !== undefined)
    },
    put: async (device, result) => folder.write(entryName(device, result.lease), encode(result, { ignoreUndefined: true })),
    remove: async (device, lease) => folder.remove(entryName(device, lease)),
  }
}

/** Name of an entry of a device. Both parts come from the server: what could leave the folder is refused. */
export function entryName(device: string, key: string): string {
  for (const part of [device, key]) {
    if (!/^[\w-]{1,64}$/.test(part))
      throw new Error(`Expected an id of letters, digits, _ and - (at most 64), got ${JSON.stringify(part)}.`)
  }
  return `${device}.${key}`
}

/** An entry that is no result (a torn write, another format) is removed: its lease expires and the unit is computed again. */
async function readResult(folder: ByteFolder, name: string): Promise<ReturnedUnit | undefined> {
  const bytes = await folder.read(name).catch(() => undefined)
  if (bytes === undefined) return undefined
  const result = decodeResult(bytes)
  if (result !== undefined && name.endsWith(`.${result.lease}`)) return result
  await folder.remove(name)
  return undefined
}

function decodeResult(bytes: Uint8Array): ReturnedUnit | undefined {
  try {
    const value = decode(bytes) as Partial<Record<string, unknown>> | null
    const isResult =
      typeof value?.lease === 'string' &&
      typeof value.seconds === 'number' &&
      (value.output instanceof Uint8Array || (typeof value.errored === 'string' && typeof value.message === 'string'))
    return isResult ? (value as unknown as ReturnedUnit) : undefined
  } catch {
    return undefined
  }
}
