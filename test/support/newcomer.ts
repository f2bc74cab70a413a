/** Somebody who opens the page of a cluster for the first time, reads, and agrees. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { ClusterStatus } from '../../sdk/protocol.ts'
import type { Browser } from './browsers/browser.ts'
import { waitFor } from './browsers/browsers.ts'

const command = fileURLToPath(new URL('../../bin/dsage', import.meta.url))
const OWN_WORKERS = 2
const LEAVE_MS = 2000
const HAS_WORK = `document.querySelector('li[data-busy] .what')`
const FINISHED = `[...document.querySelectorAll('dt')].some((term) => term.textContent === 'Units finished' && Number(term.nextElementSibling.textContent) > 0)`

/** `dsage start` with a fresh home: a server, two workers and the demonstration. */
export class DemoCluster {
  readonly url: string
  readonly #child: ChildProcess
  readonly #home: string

  private constructor(url: string, child: ChildProcess, home: string) {
    this.url = url
    this.#child = child
    this.#home = home
  }

  /** @param number what it factors beside */
  static async start(number = '2^360-1'): Promise<DemoCluster> {
    const home = mkdtempSync(join(tmpdir(), 'dsage-newcomer-'))
    const environment = { PATH: process.env.PATH ?? '', HOME: home, DSAGE_HOME: home }
    const child = spawn(process.execPath, [command, 'start', '--port', '0', '--number', number], {
      env: environment,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let url = ''
    for await (const line of createInterface({ input: child.stdout! })) {
      if (line.startsWith('Portal: ')) url = line.slice('Portal: '.length)
      if (line.startsWith('A small demonstration')) break
    }
    return new DemoCluster(url, child, home)
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null) {
      this.#child.kill('SIGINT')
      await once(this.#child, 'close')
    }
    rmSync(this.#home, { recursive: true, force: true })
  }
}

/** Milliseconds since they agreed. */
export interface Welcomed {
  readonly hadWork: number
  readonly finishedFirst: number
}

export async function joinAsNewcomer(browser: Browser, url: string): Promise<Welcomed> {
  const page = await browser.open(url)
  try {
    await waitFor(page, `document.querySelector('a.button.primary')`)
    await page.click('a.button.primary')
    await waitFor(page, `document.querySelectorAll('input[type=checkbox]').length === 2`)
    await page.click('form label:nth-of-type(1) input')
    await page.click('form label:nth-of-type(2) input')
    const since = performance.now()
    await page.click('form button[type=submit]')
    await waitFor(page, HAS_WORK, 20)
    const hadWork = performance.now() - since
    await waitFor(page, FINISHED, 20)
    return { hadWork, finishedFirst: performance.now() - since }
  } finally {
    await page.goto('about:blank') // as people leave; a driver that ends the tab without a word is not one of them
    await becomesQuiet(url)
    await page.close()
  }
}

/** Until only the cluster's own workers are connected. */
async function becomesQuiet(url: string): Promise<void> {
  const endsAt = performance.now() + LEAVE_MS
  while (performance.now() < endsAt) {
    const { devicesConnected } = (await (await fetch(`${url}/api/v1/status`)).json()) as ClusterStatus
    if (devicesConnected <= OWN_WORKERS) return
    await setTimeout(20)
  }
}
