import { type ChildProcess, type CommonSpawnOptions, execFileSync, spawn, spawnSync } from 'node:child_process'
import { accessSync, chownSync, constants, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

/** Trust is for everybody else: this role must show its password, so that a wrong one can be tried. */
export const ROLE_WITH_PASSWORD = 'with_password'
const DEBIAN_PACKAGE = 'postgresql-15'
const START_ATTEMPTS = 5
const START_SECONDS = 60

/** A real PostgreSQL of its own, fsync on, in a temporary directory. `url` names the database `postgres` and its superuser. */
export interface PostgresqlServer {
  readonly url: string
  /** Ends the server and removes its directory. The same happens when this process dies, however it dies. */
  stop(): Promise<void>
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Debian keeps the server's programs off the PATH; the newest version wins. */
function programFolder(): string {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : []
  const folders = [...versions.map((version) => join(debian, version, 'bin')), ...(process.env.PATH ?? '').split(delimiter)]
  const found = folders.find((folder) => isProgram(join(folder, 'initdb')) && isProgram(join(folder, 'postgres')))
  if (found) return found
  throw new Error(
    `Expected PostgreSQL's programs initdb and postgres in ${debian}/*/bin or on the PATH, found neither. ` +
      `Install the Debian package ${DEBIAN_PACKAGE}: apt-get install ${DEBIAN_PACKAGE}`,
  )
}

/** PostgreSQL refuses to run as root; Debian's package brings the user postgres. Undefined: run as who we are. */
function ordinaryUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const number = (flag: string) => spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout.trim()
  const [uid, gid] = [number('-u'), number('-g')]
  if (uid && gid) return { uid: Number(uid), gid: Number(gid) }
  throw new Error(`Expected a user postgres to run PostgreSQL as, because it refuses root. Install the Debian package ${DEBIAN_PACKAGE}`)
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port'))))
    })
  })
}

/**
 * A shell stands above the server and waits for the end of its own input, which the kernel brings about however this process ends;
 * then it stops the server and removes the directory. Exit hooks of Node do not run after SIGKILL.
 */
const GUARD = `
directory=$1; shift
"$@" 2>&1 &
server=$!
trap 'kill -INT $server 2>/dev/null; wait $server; rm -rf "$directory"' EXIT
read -r _
`

/** Resolves when the server says that it is ready; rejects with its words when it says that it cannot be. */
function ready(guard: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let words = ''
    const fail = (why: string) => reject(new Error(`PostgreSQL did not start, ${why}: ${words.trim()}`))
    const timer = setTimeout(() => fail(`silent for ${START_SECONDS} s`), START_SECONDS * 1000)
    guard.stdout?.on('data', (piece: Buffer) => {
      if (words.length < 10_000) words += piece
      if (words.includes('ready to accept connections')) resolve()
      else if (words.includes('FATAL')) fail('it says')
      else return
      clearTimeout(timer)
    })
    guard.once('error', reject)
    guard.once('close', () => fail('it ended'))
  })
}

function initialise(programs: string, data: string, run: CommonSpawnOptions): void {
  const flags = ['--no-sync', '--auth=trust', '--username=postgres', '--encoding=UTF8', '--locale=C', '-D', data]
  execFileSync(join(programs, 'initdb'), flags, { ...run, stdio: 'pipe' })
  const rules = join(data, 'pg_hba.conf')
  writeFileSync(rules, `host all ${ROLE_WITH_PASSWORD} 127.0.0.1/32 scram-sha-256\n${readFileSync(rules, 'utf8')}`)
}

async function startOnce(programs: string): Promise<PostgresqlServer> {
  const user = ordinaryUser()
  const directory = mkdtempSync(join(tmpdir(), 'dsage-postgresql-'))
  if (user) chownSync(directory, user.uid, user.gid)
  const data = join(directory, 'data')
  const run = { ...user, cwd: directory, env: { ...process.env, LC_ALL: 'C' } }
  try {
    initialise(programs, data, run)
  } catch (error) {
    rmSync(directory, { recursive: true, force: true })
    throw error
  }
  const port = await freePort()
  const settings = ['listen_addresses=127.0.0.1', `port=${port}`, `unix_socket_directories=${directory}`, 'max_connections=200', 'fsync=on']
  const postgres = [join(programs, 'postgres'), '-D', data, ...settings.flatMap((setting) => ['-c', setting])]
  const guard = spawn('sh', ['-c', GUARD, 'guard', directory, ...postgres], { ...run, stdio: ['pipe', 'pipe', 'inherit'], detached: true })
  const closed = new Promise<void>((resolve) => guard.once('close', () => resolve()))
  const stop = async () => {
    guard.stdin.end()
    await closed
  }
  try {
    await ready(guard)
  } catch (error) {
    await stop()
    throw error
  }
  return { url: `postgresql://postgres@127.0.0.1:${port}/postgres`, stop }
}

/** Starts one; another process may take the free port first, so a failed start is tried again on another. */
export async function startPostgresql(): Promise<PostgresqlServer> {
  const programs = programFolder()
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnce(programs)
    } catch (error) {
      if (attempt === START_ATTEMPTS || !String(error).includes('could not create any TCP/IP sockets')) throw error
    }
  }
}
