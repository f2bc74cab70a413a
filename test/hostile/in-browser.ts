/** The arenas of a browser: the product's sandbox on its test page, whole or with layers taken away, and the naive ways beside it. */
import { readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { Browser, BrowserPage } from '../support/browsers/browser.ts'
import { outcomeOf, type PlainOutcome, plainUnit } from '../support/sandbox-page/plain.ts'
import { type SandboxPage, startSandboxPage, type Weakness } from '../support/sandbox-page/sandbox-page.ts'
import type { Arena } from './arena.ts'
import type { Weakened } from './attacks.ts'
import { KeptMemory } from './kept-memory.ts'
import { buildLateWorker } from './late/late-worker.ts'
import type { PageView, Way } from './probe.ts'
import type { Sink } from './sink.ts'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

const WEAKNESSES: Partial<Record<Weakened, Weakness>> = {
  'no policy, imports stay': { withoutPolicy: true, withImports: true },
  'no list': { withoutAllowList: true },
  'no policy, no list': { withoutPolicy: true, withoutAllowList: true },
  relayed: { withoutAllowList: true, relaysMessages: true },
}

/** A page of the portal's origin may load these, and a bundle too. */
const NAIVE: Readonly<Record<string, string>> = { '/naive/worker.js': 'text/javascript', '/naive/window.html': 'text/html' }
const ISOLATED = { 'Cross-Origin-Embedder-Policy': 'require-corp', 'Cross-Origin-Resource-Policy': 'cross-origin' }

let probe: Promise<string> | undefined
async function buildProbe(): Promise<string> {
  const { outputFiles } = await build({ entryPoints: [here('probe.ts')], bundle: true, write: false, format: 'iife', target: 'es2024' })
  return outputFiles[0]!.text
}

/** The portal: the sandbox's test page, and what a bundle would like to find beside it. */
class Portal {
  readonly #sink: Sink
  readonly #visits: string[] = []
  #page!: SandboxPage

  private constructor(sink: Sink) {
    this.#sink = sink
  }

  static async start(sink: Sink, weakness: Weakness): Promise<Portal> {
    const portal = new Portal(sink)
    portal.#page = await startSandboxPage({ weakness, answer: (path, response) => portal.#answer(path, response) })
    return portal
  }

  get url(): string {
    return this.#page.url
  }

  takeVisits(): string[] {
    const strange = this.#page.strangePaths as string[]
    return [...this.#visits.splice(0), ...strange.splice(0)].map((visit) => `portal ${visit}`)
  }

  close(): Promise<void> {
    return this.#page.close()
  }

  #answer(path: string, response: ServerResponse): boolean {
    const type = NAIVE[path]
    if (type) {
      response.writeHead(200, { ...ISOLATED, 'Content-Type': type }).end(readFileSync(here(`.${path}`)))
      return true
    }
    if (path === '/leak.js') response.writeHead(200, { ...ISOLATED, 'Content-Type': 'text/javascript' }).end('export default 1')
    else if (path === '/api/me') response.writeHead(200, ISOLATED).end(response.req.headers.cookie)
    else if (path === '/redirect') {
      const to = new URL(response.req.url!, 'http://portal').searchParams.get('to')
      response.writeHead(302, { ...ISOLATED, Location: `http://${this.#sink.address}/${encodeURIComponent(to ?? '')}` }).end()
    } else return false
    this.#visits.push(response.req.url!)
    return true
  }
}

export interface BrowserArena extends Arena {
  close(): Promise<void>
}

interface Setting {
  readonly way: Way
  readonly weakened: boolean
  readonly deadlineSeconds?: number
}

interface Surroundings {
  readonly portal: Portal
  readonly sink: Sink
  readonly memory: KeptMemory
}

async function arenaOf(tab: BrowserPage, around: Surroundings, { way, weakened, deadlineSeconds }: Setting): Promise<BrowserArena> {
  const { portal, sink, memory } = around
  probe ??= buildProbe()
  await tab.evaluate(
    `void ${(await probe)
      .trim()
      .replace(/^"use strict";/, '')
      .trim()
      .replace(/;$/, '')}`,
  )
  return {
    places: {
      sink: sink.address,
      datagrams: sink.datagramAddress,
      portal: new URL(portal.url).host,
      folder: '/nowhere',
    },
    weakened,
    memory,
    ...(deadlineSeconds !== undefined && { deadlineSeconds }),
    async run(unit, patienceSeconds) {
      const asked = `hostile.run(${JSON.stringify(way)}, ${JSON.stringify(plainUnit(unit))}, ${patienceSeconds})`
      const { outcome, seconds } = (await tab.evaluate(asked)) as { outcome?: PlainOutcome; seconds: number }
      return { outcome: outcome && outcomeOf(outcome), seconds }
    },
    look: async () => (await tab.evaluate('hostile.look()')) as PageView,
    takeVisits: () => [...sink.takeVisits(), ...portal.takeVisits()],
    async close() {
      await tab.close()
    },
  }
}

/** The portals of one test file, one for each weakness, and pages of them. */
export class Arenas {
  readonly #browser: Browser
  readonly #sink: Sink
  readonly #memory = new KeptMemory()
  readonly #portals = new Map<string, Promise<Portal>>()
  #late: ReturnType<typeof buildLateWorker> | undefined

  constructor(browser: Browser, sink: Sink) {
    this.#browser = browser
    this.#sink = sink
  }

  whole(): Promise<BrowserArena> {
    return this.#open('whole', {}, { way: 'sandbox', weakened: false })
  }

  async weakened(how: Weakened): Promise<BrowserArena> {
    if (how === 'bare' || how === 'window') return this.#open('whole', {}, { way: how, weakened: true })
    const setting = { way: 'sandbox', weakened: true } as const
    if (how === 'late built-ins') return this.#open(how, { worker: (await this.#lateWorker()).file }, setting)
    if (how === 'no deadline') return this.#open('whole', {}, { ...setting, deadlineSeconds: 600 })
    return this.#open(how, WEAKNESSES[how]!, setting)
  }

  async close(): Promise<void> {
    for (const portal of this.#portals.values()) await (await portal).close()
    if (this.#late) await rm((await this.#late).folder, { recursive: true })
  }

  #lateWorker(): ReturnType<typeof buildLateWorker> {
    this.#late ??= buildLateWorker()
    return this.#late
  }

  async #open(name: string, weakness: Weakness, setting: Setting): Promise<BrowserArena> {
    const starting = this.#portals.get(name) ?? Portal.start(this.#sink, weakness)
    this.#portals.set(name, starting)
    const portal = await starting
    const tab = await this.#browser.open(portal.url)
    return arenaOf(tab, { portal, sink: this.#sink, memory: this.#memory }, setting)
  }
}
