/** What a browser profile keeps of its device, in IndexedDB: who it is, results that the server has not acknowledged, units that did not end. */
import { createStore, del, get, keys, set } from 'idb-keyval'
import type { FileFolder } from '../engine/files.ts'
import type { Identity, IdentityStore } from '../engine/identity.ts'
import type { ByteFolder } from '../engine/outbox-store.ts'

/** A device of one server; another server of the same origin does not exist, but one may be put in its place. */
export function keptIdentity(url: string): IdentityStore {
  const store = createStore('dsage-identity', 'devices')
  return {
    load: () => get<Identity>(url, store),
    save: ({ id, secret }) => set(url, { id, secret }, store),
  }
}

export const keptResults = (): ByteFolder => keptBytes('dsage-outbox', 'results')
export const keptCheckpoints = (): ByteFolder => keptBytes('dsage-checkpoints', 'units')

/** Pieces of files of jobs: bytes, since some engines keep no Blob for a private window. */
export function keptFiles(): FileFolder {
  const store = createStore('dsage-files', 'pieces')
  return {
    list: () => keys<string>(store),
    read: async (name) => {
      const bytes = await get<Uint8Array<ArrayBuffer>>(name, store)
      return bytes && new Blob([bytes])
    },
    write: (name, bytes) => set(name, bytes, store),
    remove: (name) => del(name, store),
  }
}

function keptBytes(database: string, name: string): ByteFolder {
  const store = createStore(database, name)
  return {
    list: () => keys<string>(store),
    read: async (name) => (await get<Uint8Array>(name, store)) ?? Promise.reject(new Error(`Expected an entry named ${name}, found none.`)),
    write: (name, bytes) => set(name, bytes, store),
    remove: (name) => del(name, store),
  }
}
