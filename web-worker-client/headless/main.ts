/**
 * A headless worker as a process of its own. Contract with whoever starts it:
 * argv `--url <url> --threads <n> --name <name> [--home <directory>] [--anonymous]`; the first line of stdin is `{"key":"…"}` or `{}` and
 * the end of stdin ends the worker (with `--anonymous` stdin is not read); stdout gets one line `{"ready":true,"device":"<id>","name":"<name>"}`
 * when first welcomed, with a number behind the name where another process of the home has it; stderr gets sentences. SIGTERM and SIGINT end it gracefully, a second one at once. Exit 0 when ended, 1 when it cannot work.
 */
import { homedir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { privateKeyOf, signingKeyOf } from '../../sdk/identity/private-key.ts'
import { LIMITS } from '../../sdk/protocol.ts'
import type { Engine } from '../engine/engine.ts'
import type { EngineOptions } from '../engine/engine-options.ts'
import { claimName } from './device-name.ts'
import { UnitHistory } from './history.ts'
import { makeWorker } from './worker.ts'
import { workerLog } from './worker-log.ts'

const MOST_LINE_CHARACTERS = 64 * 1024

interface Settings {
  readonly url: string
  readonly threads: number
  readonly name: string
  readonly home: string
  readonly anonymous: boolean
}

/** @throws Error that names every argument that is not as expected */
function readArguments(argv: readonly string[], defaultHome: string): Settings {
  const text = { type: 'string' } as const
  const options = { url: text, threads: text, name: text, home: text, anonymous: { type: 'boolean' } } as const
  const { values } = parseArgs({ args: [...argv], options, strict: true })
  const { url = '', threads = '', name = '', home = defaultHome, anonymous = false } = values
  const problems: string[] = []
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) problems.push(`--url to be an http or https address, got "${url}"`)
  if (!/^\d{1,4}$/.test(threads) || Number(threads) < 1 || Number(threads) > LIMITS.threads) {
    problems.push(`--threads to be an integer from 1 to ${LIMITS.threads}, got "${threads}"`)
  }
  if (!/^[\w.-]{1,64}$/.test(name)) problems.push(`--name to be 1 to 64 letters, digits, dots, dashes or underscores, got "${name}"`)
  if (home === '') problems.push('--home to be a directory, got ""')
  if (problems.length > 0) throw new Error(`Expected ${problems.join('; ')}.`)
  return { url, threads: Number(threads), name, home, anonymous }
}

/** The first line of stdin; `onEnd` is called when stdin ends afterwards. What the line holds is never repeated in an error: it is secret. */
function readFirstLine(onEnd: () => void): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    let found = false
    process.stdin.setEncoding('utf8')
    process.stdin.on('data', (part: string) => {
      if (found) return
      text += part
      found = text.includes('\n')
      if (found) resolve(text.slice(0, text.indexOf('\n')))
      else if (text.length > MOST_LINE_CHARACTERS)
        reject(new Error(`Expected a line of at most ${MOST_LINE_CHARACTERS} characters on stdin.`))
    })
    const end = () => (found ? onEnd() : reject(new Error('Expected one line {"key":"…"} or {} on stdin, but it ended first.')))
    process.stdin.on('end', end)
    process.stdin.on('error', end)
  })
}

/** @throws Error, or BadKey when it is no key that signs */
async function readKey(line: string): Promise<string | undefined> {
  let message: { key?: unknown } | null
  try {
    message = JSON.parse(line)
  } catch {
    throw new Error('Expected the first line of stdin to be JSON: {"key":"…"} or {}.')
  }
  if (typeof message !== 'object' || message === null || Array.isArray(message) || !['string', 'undefined'].includes(typeof message.key)) {
    throw new Error('Expected the first line of stdin to be an object {"key":"…"} or {}.')
  }
  const key = message.key as string | undefined
  if (key !== undefined) await signingKeyOf(privateKeyOf(key))
  return key
}

/** What a server or job said may hold terminal commands: they are shown, not obeyed. */
function say(sentence: string): void {
  const shown = sentence.replace(/\p{C}/gu, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`)
  process.stderr.write(`${shown}\n`)
}

/** Tells stdout when it is first welcomed; settles when the engine has stopped. @throws Error with the server's reason when it was refused */
async function untilStopped(engine: Engine, name: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  let isReady = false
  engine.listen(() => {
    const { state, connected, device } = engine.snapshot
    if (connected && !isReady) {
      isReady = true
      process.stdout.write(`${JSON.stringify({ ready: true, device, name })}\n`)
    }
    if (state.name === 'stopped') resolve()
  })
  await engine.start()
  await promise
  await engine.stop()
  const { state } = engine.snapshot
  if (state.name === 'stopped' && state.refusal)
    throw new Error(`The server refused this worker (${state.refusal.code}): ${state.refusal.message}`)
}

async function main(): Promise<void> {
  const settings = readArguments(process.argv.slice(2), process.env.DSAGE_HOME ?? join(homedir(), '.dsage'))
  let engine: Engine | undefined
  const end = () => {
    if (engine) void engine.stop()
    else process.exit(0)
  }
  let signals = 0
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      signals += 1
      if (signals > 1) process.exit(1)
      end()
    })
  }
  const key = settings.anonymous ? undefined : await readKey(await readFirstLine(end))
  const { name, release } = await claimName(settings.home, settings.name)
  const log = workerLog(settings.home, name, say)
  const history = new UnitHistory(settings.home, { worker: name, server: new URL(settings.url).origin })
  const onResult: EngineOptions['onResult'] = (...what) => history.add(...what)
  engine = await makeWorker({ ...settings, name, ...(key !== undefined && { key }), log, onResult })
  await untilStopped(engine, name).finally(() => {
    history.write()
    release()
  })
}

// The reader of our output may go first; the work still has to be given back.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

main().then(
  () => process.exit(0),
  (error: Error) => {
    say(error.message)
    process.exit(1)
  },
)
