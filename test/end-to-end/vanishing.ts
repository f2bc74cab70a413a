/** A computation whose client is killed again and again, with a real server and two workers. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { expect } from 'vitest'
import { keyFile, readKey } from '../../sdk/key-files/key-files.ts'
import { worker } from '../../sdk/node.ts'
import { seeded } from '../simulation/random.ts'
import { ServerProcess } from '../simulation/server-process.ts'

const CLIENT = fileURLToPath(new URL('./vanishing-client.ts', import.meta.url))
/** Of all units, by when a client is killed at the latest. */
const LATEST = 0.9
const MOST_DELAY_MS = 20

export interface VanishingPlan {
  readonly units: number
  readonly kills: number
  readonly seed: number
  /** Number of the kill, from 0, at which the server is killed too. */
  readonly serverToo?: number
}
interface Life {
  /** SIGKILL some milliseconds after it has processed so many units, or all; never when absent. */
  readonly until?: { readonly processed: number; readonly delayMs: number }
  readonly cwd: string
  readonly words: readonly string[]
}
interface Lived {
  readonly id: string | undefined
  readonly saved: boolean
  readonly processed: number
  readonly result: string | undefined
}

/** One life of the client, until it is killed or has ended. */
async function live({ until, cwd, words }: Life): Promise<Lived> {
  const child: ChildProcess = spawn(process.execPath, [CLIENT, ...words], {
    cwd,
    // It lives until its standard input ends, so that a kill never comes too late.
    stdio: [until === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  })
  const said = { id: undefined as string | undefined, saved: false, processed: 0, result: undefined as string | undefined }
  let complaints = ''
  child.stderr!.on('data', (piece) => {
    complaints += piece
  })
  createInterface({ input: child.stdout! }).on('line', (line) => {
    const [what, value] = line.split(' ')
    if (what === 'id') said.id = value
    else if (what === 'saved') said.saved = true
    else if (what === 'result') said.result = value
    else said.processed = Number(value)
    if (until === undefined || said.id === undefined || (said.processed < until.processed && said.result === undefined)) return
    setTimeout(() => child.kill('SIGKILL'), until.delayMs)
  })
  const [code, signal] = await once(child, 'close')
  expect([code ?? signal, complaints]).toEqual([until === undefined ? 0 : 'SIGKILL', ''])
  return said
}

/** What the database says of the only job: its units, the times they were given out, and those after their answer was accepted. */
export function leasesOf(home: string): { units: number; issued: number; issuedAfterAcceptance: number } {
  const database = new Database(join(home, 'db', 'dsage.db'), { readonly: true })
  try {
    const count = (sql: string) => Number(database.prepare(sql).pluck().get())
    return {
      units: count('SELECT count(*) FROM "WorkUnit"'),
      issued: count('SELECT coalesce(sum(attempt), 0) FROM "Lease"'),
      issuedAfterAcceptance: count(`SELECT count(*) FROM "Lease" WHERE "issuedAt" > (SELECT min("createdAt") FROM "Event"
        WHERE "Event"."unitId" = "Lease"."unitId" AND "Event"."jobId" = "Lease"."jobId" AND "Event"."kind" IN ('accepted', 'sealed'))`),
    }
  } finally {
    database.close()
  }
}

/** Exact result, each unit once, none given out again once its answer was accepted. Gives what happened, a sentence. */
export async function surviveVanishing({ units, kills, seed, serverToo }: VanishingPlan): Promise<string> {
  const home = mkdtempSync(join(tmpdir(), 'dsage-vanishing-'))
  const elsewhere = join(home, 'elsewhere')
  mkdirSync(elsewhere)
  const random = seeded(seed)
  const server = await ServerProcess.start(home)
  const key = await readKey(keyFile(home))
  const workers = await Promise.all(['one', 'two'].map((name) => worker({ url: server.url, home, name, key })))
  const file = join(home, 'saved.json')
  const story: string[] = []
  try {
    let before: Lived | undefined
    for (let life = 0; life <= kills; life++) {
      const from = before === undefined ? [] : [life % 2 === 1 && before.saved ? file : before.id!]
      const until =
        life === kills ? {} : { until: { processed: Math.floor(random() * LATEST * units), delayMs: Math.floor(random() * MOST_DELAY_MS) } }
      before = await live({
        ...until,
        cwd: life === 1 ? elsewhere : home,
        words: [server.url, home, String(units), file, ...from],
      })
      story.push(`${before.processed} units${from[0] === undefined ? '' : ` from its ${from[0] === file ? 'file' : 'id'}`}`)
      if (life !== serverToo) continue
      server.kill()
      await server.restart()
      story.push('server killed')
    }
    const half = units / 2
    expect(before!.result).toBe(String((half * (half + 1)) / 2 + half + (half * (half + 1)) / 2 + 2 * half))
    await server.stop()
    const { issued, ...leases } = leasesOf(home)
    expect(leases).toEqual({ units, issuedAfterAcceptance: 0 })
    return `${story.join(', ')}; ${issued} leases for ${units} units`
  } finally {
    for (const one of workers) await one.stop()
    await server.stop()
    rmSync(home, { recursive: true, force: true })
  }
}
