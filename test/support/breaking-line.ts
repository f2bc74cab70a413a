import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** A line to a server that breaks as a network does: who called notices, the server does not, and keeps a socket with nobody at its end. */
export class BreakingLine {
  /** Port of the server; a later call goes wherever it then leads. */
  leadsTo: number
  readonly #calls = new Set<{ caller: Socket; server: Socket }>()
  readonly #door: Server

  private constructor(port: number) {
    this.leadsTo = port
    this.#door = createServer((caller) => this.#carry(caller))
  }

  static async to(port: number): Promise<BreakingLine> {
    const line = new BreakingLine(port)
    await new Promise<void>((resolve) => line.#door.listen(0, '127.0.0.1', resolve))
    return line
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#door.address() as AddressInfo).port}`
  }

  /** Each call under way ends for its caller, and stays for the server. */
  breakOff(): void {
    for (const { caller } of this.#calls) caller.destroy()
  }

  async close(): Promise<void> {
    for (const { caller, server } of this.#calls) for (const end of [caller, server]) end.destroy()
    await new Promise((resolve) => this.#door.close(resolve))
  }

  #carry(caller: Socket): void {
    const server = connect(this.leadsTo, '127.0.0.1')
    this.#calls.add({ caller, server })
    for (const end of [caller, server]) end.on('error', () => {})
    server.on('close', () => caller.destroy())
    caller.on('end', () => server.end())
    caller.on('data', (bytes) => server.write(bytes))
    server.on('data', (bytes) => caller.write(bytes))
  }
}
