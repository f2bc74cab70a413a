/**
 * Serves the volunteer's page in front of a server: the page's own files from here, everything else passed on as it is, sockets too unless
 * they are to be blocked as some proxies block them.
 */
import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** Whoever patches the engine: in place of what it believes of its sandbox, an answer of its own. */
const lying: Plugin = {
  name: 'lying',
  setup: ({ onResolve }) => onResolve({ filter: /\/unit-report\.ts$/ }, () => ({ path: at('lying-report.ts') })),
}

async function script(entry: string, plugins: Plugin[] = []): Promise<string> {
  const options = { bundle: true, write: false, format: 'esm', logLevel: 'silent' } as const
  const { outputFiles } = await build({ ...options, entryPoints: [at(entry)], plugins })
  return outputFiles[0]!.text
}

const PAGE = '<!doctype html><title>volunteer</title><body><button>Lend</button><script type="module" src="/page.js"></script>'

type Files = ReadonlyMap<string, readonly [type: string, body: string]>

export class VolunteerPage {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  /** Port of the server behind; may change when that is started again. */
  port: number
  /** Whether sockets are refused, as by a proxy that knows none. */
  blocksSockets = false

  private constructor(port: number, files: Files) {
    this.port = port
    this.#server = createServer((asked, answer) => {
      const file = files.get(new URL(asked.url!, 'http://page').pathname)
      // A file of ours comes with the headers of the portal's own page.
      const path = file ? '/' : asked.url
      const passed = request({ port: this.port, path, method: asked.method, headers: asked.headers }, (from) => {
        const headers = file ? portalHeaders(from) : from.headers
        answer.writeHead(file ? 200 : from.statusCode!, file ? { ...headers, 'content-type': file[0] } : headers)
        if (file) answer.end(file[1])
        else from.pipe(answer)
      })
      passed.on('error', () => answer.destroy())
      asked.pipe(passed)
    })
    this.#server.on('upgrade', (asked: IncomingMessage, socket: Socket, head: Buffer) => this.#passOn(asked, socket, head))
  }

  static async start(port: number, { lies = false } = {}): Promise<VolunteerPage> {
    const javascript = 'text/javascript; charset=utf-8'
    const files: Files = new Map([
      ['/', ['text/html; charset=utf-8', PAGE]],
      ['/page.js', [javascript, await script('page.ts')]],
      ['/engine.js', [javascript, await script('../../../web-worker-client/browser/engine-worker.ts', lies ? [lying] : [])]],
    ] as const)
    const page = new VolunteerPage(port, files)
    await new Promise<void>((resolve) => page.#server.listen(0, '127.0.0.1', resolve))
    return page
  }

  /** @param threads of the page's engine */
  url(threads = 1): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/?threads=${threads}`
  }

  /** Cuts the connections that pass through, as a network does that fails. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  close(): Promise<void> {
    this.cut()
    return new Promise((resolve) => this.#server.close(() => resolve()).closeAllConnections())
  }

  #passOn(asked: IncomingMessage, socket: Socket, head: Buffer): void {
    if (this.blocksSockets) {
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')
      return
    }
    const behind = connect(this.port, '127.0.0.1', () => {
      const lines = asked.rawHeaders.flatMap((name, i, all) => (i % 2 === 0 ? [`${name}: ${all[i + 1]}`] : []))
      behind.write(`${asked.method} ${asked.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
      behind.write(head)
      behind.pipe(socket)
      socket.pipe(behind)
    })
    for (const end of [socket, behind]) {
      this.#sockets.add(end)
      end.on('error', () => {})
      end.on('close', () => {
        this.#sockets.delete(end)
        socket.destroy()
        behind.destroy()
      })
    }
  }
}

/** Those the server gives the portal's own page, which the page here stands for. */
function portalHeaders({ headers }: IncomingMessage): Record<string, string> {
  const names = Object.keys(headers).filter((name) => /^(content-security-policy|cross-origin-|x-|referrer)/.test(name))
  return Object.fromEntries(names.map((name) => [name, String(headers[name])]))
}
