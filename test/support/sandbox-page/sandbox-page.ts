/**
 * A page that runs units in the product's sandbox, for the conformance, hostile and fault tests of every engine:
 *
 *     const page = await startSandboxPage()
 *     const tab = await browser.open(page.url)
 *     const outcome = await runUnit(tab, unitOf('export const work = (x) => x + 1', [41]))
 *
 * A weakened page lacks one layer of the sandbox, so that a test can show what that layer stops.
 */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { sandboxScript } from '../../../portal/build-sandbox.ts'
import { LOADERS, type SandboxFrame, sandboxFrame } from '../../../server/transport/sandbox-frame.ts'
import type { UnitOutcome, UnitToRun } from '../../../web-worker-client/engine/sandbox-thread.ts'
import { bytesOf, outcomeOf, type PlainOutcome, plainUnit } from './plain.ts'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

export interface Weakness {
  /** The frame has no Content-Security-Policy; it is still sandboxed by its attribute. */
  readonly withoutPolicy?: boolean
  /** Job code sees every name of the engine. */
  readonly withoutAllowList?: boolean
  /** Job code keeps its imports, static and dynamic. */
  readonly withImports?: boolean
  /** Another program of the workers, a path. */
  readonly worker?: string
  /** The frame passes on to the page what workers post. */
  readonly relaysMessages?: boolean
}

export interface SandboxPageOptions {
  readonly weakness?: Weakness
  /** Threads of the page. @default 1 */
  readonly threads?: number
  /** Further workers of the page, by path; they may compile WebAssembly. */
  readonly scripts?: Readonly<Record<string, string>>
  /** Answers a frame in its place; returns whether it did. */
  readonly answer?: (path: string, response: ServerResponse) => boolean
}

export interface SandboxPage {
  readonly url: string
  /** Paths that were asked for, beside the page's own. */
  readonly strangePaths: readonly string[]
  close(): Promise<void>
}

/** The portal's own headers, so that the frame lives under the same conditions. */
const PAGE_HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; worker-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
}

async function script(entry: string): Promise<string> {
  const { outputFiles } = await build({ entryPoints: [at(entry)], bundle: true, write: false, format: 'iife', logLevel: 'silent' })
  return outputFiles[0]!.text
}

interface Answered {
  readonly type: string
  readonly body: string
  /** Instead of the portal's. */
  readonly policy?: string
}

/** The page's own files by path. */
async function filesOf(scripts: Readonly<Record<string, string>>): Promise<ReadonlyMap<string, Answered>> {
  const javascript = 'text/javascript; charset=utf-8'
  return new Map<string, Answered>([
    ...Object.entries(scripts).map(
      ([path, body]) => [path, { type: javascript, body, policy: "default-src 'none'; script-src 'wasm-unsafe-eval'" }] as const,
    ),
    ['/', { type: 'text/html; charset=utf-8', body: '<!doctype html><title>sandbox page</title><body><script src="/page.js"></script>' }],
    ['/page.js', { type: javascript, body: await script('page.ts') }],
    ['/engine.js', { type: javascript, body: await script('engine.ts') }],
  ])
}

const headersOf = ({ type, policy }: Answered): Record<string, string> => ({
  ...PAGE_HEADERS,
  'Content-Type': type,
  ...(policy !== undefined && { 'Content-Security-Policy': policy }),
})

async function framesOf({ withoutPolicy = false, withoutAllowList = false, relaysMessages = false, worker }: Weakness) {
  const built = await sandboxScript({
    ...(withoutAllowList && { worker: at('unconfined-worker.ts') }),
    ...(worker !== undefined && { worker }),
    ...(relaysMessages && { frame: at('relaying-frame.ts') }),
  })
  return new Map<string, SandboxFrame>(
    LOADERS.map((loader) => {
      return [`/sandbox/${loader}.html`, sandboxFrame({ loader, script: built, ...(withoutPolicy && { policy: undefined }) })] as const
    }),
  )
}

export async function startSandboxPage(options: SandboxPageOptions = {}): Promise<SandboxPage> {
  const { weakness = {}, threads = 1, scripts = {}, answer = () => false } = options
  const [files, frames] = await Promise.all([filesOf(scripts), framesOf(weakness)])
  const strangePaths: string[] = []
  const server = createServer((request, response) => {
    const path = new URL(request.url!, 'http://page').pathname
    const file = files.get(path)
    const frame = frames.get(path)
    if (answer(path, response)) return
    if (file) response.writeHead(200, headersOf(file)).end(file.body)
    else if (frame) response.writeHead(200, frame.headers).end(frame.body)
    else {
      if (path !== '/favicon.ico') strangePaths.push(request.url!)
      response.writeHead(404).end()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()).closeAllConnections())
  const imports = weakness.withImports ? '&imports=stay' : ''
  return { url: `http://127.0.0.1:${port}/?threads=${threads}${imports}`, strangePaths, close }
}

/** What a driver of any engine can do with an open page. */
export interface Evaluates {
  evaluate(expression: string): Promise<unknown>
}

/** Runs a unit in the page; undefined when no sandbox could be had. */
export async function runUnit(tab: Evaluates, unit: UnitToRun, thread = 0): Promise<UnitOutcome | undefined> {
  const outcome = (await tab.evaluate(`runUnit(${JSON.stringify(plainUnit(unit))}, ${thread})`)) as PlainOutcome | null
  return outcome ? outcomeOf(outcome) : undefined
}

/** Runs a unit in the page until it keeps a checkpoint; gives that. */
export async function checkpointOf(tab: Evaluates, unit: UnitToRun): Promise<Uint8Array> {
  return bytesOf((await tab.evaluate(`checkpointOf(${JSON.stringify(plainUnit(unit))})`)) as string)
}
