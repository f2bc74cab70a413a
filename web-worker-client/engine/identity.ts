/** What the server gave a device at its first `hello`; whoever has the secret is the device. */
export interface Identity {
  readonly id: string
  readonly secret: string
}

/** Remembers one device's identity between runs. Both verbs may reject; the engine then goes on without. */
export interface IdentityStore {
  load(): Promise<Identity | undefined>
  save(identity: Identity): Promise<void>
}

/** Forgets with the process. */
export function memoryIdentity(): IdentityStore {
  let kept: Identity | undefined
  return {
    load: async () => kept,
    save: async (identity) => {
      kept = identity
    },
  }
}
