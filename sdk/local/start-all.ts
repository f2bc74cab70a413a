import { Connection } from '../connection.ts'
import { createDSage, type DSage } from '../dsage.ts'
import { BadArgument } from '../errors.ts'
import { keyFile, readKey } from '../key-files/key-files.ts'
import type { AskPassphrase } from '../key-files/key-text.ts'
import { makeHome } from './home.ts'
import { thisMachine } from './machine.ts'
import { type ServerOptions, server } from './server.ts'
import { worker } from './worker.ts'

export interface StartAllOptions extends ServerOptions {
  /** Headless workers, 0 to 64, one thread each. @default 2 */
  readonly workers?: number
  /** Whether the workers are devices of your own, whose word suffices; otherwise they are strangers to the server. @default true */
  readonly ownDevices?: boolean
  /** Of the home's key, or what asks for it. @default none */
  readonly passphrase?: string | AskPassphrase
}

/** A connection to a server that was started for it. */
export interface LocalDSage extends DSage {
  /** The portal. */
  readonly url: string
  /** Ends the connection and stops the server and workers that were started with it, nothing else. */
  close(): Promise<void>
}

/**
 * Sets up the home directory, starts a server and workers beside this process, and connects.
 * @example const d = await startAll({ workers: 2 })
 * @throws StartFailed when one of them does not start, BadKey; then none is left running
 */
export async function startAll(options: StartAllOptions = {}): Promise<LocalDSage> {
  const { workers = 2, ownDevices = true, passphrase } = options
  if (!(Number.isInteger(workers) && workers >= 0 && workers <= 64))
    throw new BadArgument(`Expected \`workers\` to be a whole number from 0 to 64, got ${String(workers)}.`)
  const stops: (() => Promise<void>)[] = []
  const stopAll = async () => {
    // The last first: workers give their leases back while the server still listens.
    for (const stop of stops.splice(0).reverse()) await stop()
  }
  try {
    // Before anything runs: whoever is asked for a passphrase may have another or none.
    const { home } = await makeHome(options.home === undefined ? {} : { home: options.home })
    const key = await readKey(keyFile(home), passphrase)
    const local = await server(options)
    stops.push(() => local.stop())
    const devices = await Promise.allSettled(
      Array.from({ length: workers }, (_, index) =>
        worker({ url: local.url, home, name: `worker-${index + 1}`, ...(ownDevices ? { key } : {}) }),
      ),
    )
    stops.push(async () => {
      await Promise.all(devices.map((device) => (device.status === 'fulfilled' ? device.value.stop() : undefined)))
    })
    for (const device of devices) if (device.status === 'rejected') throw device.reason
    const connection = await Connection.open(local.url, { key })
    const d = createDSage(connection, thisMachine(local.home))
    stops.push(d.close)
    return Object.assign(d, { url: local.url, close: stopAll })
  } catch (error) {
    await stopAll()
    throw error
  }
}
