import type { LocalSandbox } from '../local-sandbox.ts'

let sandboxes: Promise<() => LocalSandbox> | undefined

/** The headless worker's own sandbox process. What it is made of is loaded when it is first wanted. */
export async function openSandbox(): Promise<LocalSandbox> {
  sandboxes ??= import('../../web-worker-client/headless/spawn-thread.ts').then(({ headlessThreads }) => headlessThreads())
  return (await sandboxes)()
}
