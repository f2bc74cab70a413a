/** What a headless device keeps in its home. All of it is private: files 0600, directories 0700. */
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Identity, IdentityStore } from '../engine/identity.ts'
import type { ByteFolder } from '../engine/outbox-store.ts'

const UNFINISHED = '.unfinished'

/**
 * `<home>/device-<name>.json`: one identity for each server, by origin. A single one would hand the secret of this device to whichever
 * server the worker is pointed at next.
 */
export function fileIdentity(home: string, name: string, url: string): IdentityStore {
  const folder = privateFolder(home)
  const file = `device-${name}.json`
  const { origin } = new URL(url)
  return {
    load: async () => (await readIdentities(folder, file))[origin],
    async save({ id, secret }) {
      const identities = { ...(await readIdentities(folder, file)), [origin]: { id, secret } }
      await folder.write(file, new TextEncoder().encode(`${JSON.stringify(identities, undefined, 2)}\n`))
    },
  }
}

/** A directory made when it is first written to. */
export function privateFolder(path: string): ByteFolder {
  return {
    async list() {
      const names = await readdir(path).catch((error) => emptyWhenMissing(error, [] as string[]))
      return names.filter((name) => !name.endsWith(UNFINISHED))
    },
    read: async (name) => new Uint8Array(await readFile(join(path, name))),
    async write(name, bytes) {
      await mkdir(path, { recursive: true, mode: 0o700 })
      const unfinished = join(path, `${name}.${process.pid}${UNFINISHED}`)
      await writeFile(unfinished, bytes, { mode: 0o600 })
      await rename(unfinished, join(path, name))
    },
    remove: (name) => rm(join(path, name), { force: true }),
  }
}

async function readIdentities(folder: ByteFolder, file: string): Promise<Record<string, Identity | undefined>> {
  const bytes = await folder.read(file).catch((error) => emptyWhenMissing(error, undefined))
  if (bytes === undefined) return {}
  const identities: unknown = JSON.parse(new TextDecoder().decode(bytes))
  if (!isIdentities(identities))
    throw new Error(`Expected ${file} to hold { "<origin>": { "id", "secret" } }; delete it to become a new device.`)
  return identities
}

function isIdentities(value: unknown): value is Record<string, Identity> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return Object.values(value).every((one) => typeof one?.id === 'string' && typeof one.secret === 'string')
}

function emptyWhenMissing<T>(error: NodeJS.ErrnoException, empty: T): T {
  if (error.code === 'ENOENT') return empty
  throw error
}
