import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { KeyLogin } from '../../sdk/identity/key-login.ts'
import { Engine } from '../engine/engine.ts'
import type { EngineOptions } from '../engine/engine-options.ts'
import type { Log } from '../engine/log.ts'
import { folderOutbox } from '../engine/outbox-store.ts'
import type { SpawnThread } from '../engine/sandbox-thread.ts'
import { fileFolder } from './file-folder.ts'
import { fileIdentity, privateFolder } from './identity.ts'
import { headlessThreads } from './spawn-thread.ts'

export interface WorkerOptions {
  readonly url: string
  /** 1 to 1024. */
  readonly threads: number
  /** Names the device's identity file; two workers of one home must not share it. Letters, digits, `.`, `_`, `-`. */
  readonly name: string
  /** Directory of this user's keys, identities and undelivered results. */
  readonly home: string
  /** Text of a private key without a passphrase: makes this a device of its account. @default anonymous */
  readonly key?: string
  readonly log: Log
  readonly onResult?: EngineOptions['onResult']
  /** @default isolates in child processes */
  readonly spawn?: SpawnThread
}

/** An engine that lives in Node: identity and outbox in the home directory. A server whose certificate lies there is trusted by it. */
export async function makeWorker({ url, threads, name, home, key, log, onResult, spawn }: WorkerOptions): Promise<Engine> {
  const certificate = url.startsWith('https:') ? await readFile(join(home, 'pubcert.pem'), 'utf8').catch(() => undefined) : undefined
  return new Engine({
    url,
    threads,
    name,
    log,
    kind: 'headless',
    engine: `v8-${process.versions.v8.split('.', 2).join('')}`, // V8 13.6 is Chromium 136's
    spawn: spawn ?? headlessThreads(),
    identity: fileIdentity(home, name, url),
    outbox: folderOutbox(privateFolder(join(home, 'tmp_worker_files', 'outbox'))),
    checkpoints: privateFolder(join(home, 'tmp_worker_files', 'checkpoints')),
    files: fileFolder(join(home, 'tmp_worker_files', 'files')),
    ...(onResult && { onResult }),
    ...(key !== undefined && { login: new KeyLogin(url, key) }),
    ...(certificate !== undefined && { certificate }),
  })
}
