/** What the portal may use of the engine; everything else in this folder is private to it. */
export { type Clock, systemClock } from './engine/clock.ts'
export { Engine } from './engine/engine.ts'
export type { EngineOptions } from './engine/engine-options.ts'
export { type Identity, type IdentityStore, memoryIdentity } from './engine/identity.ts'
export type { Log } from './engine/log.ts'
export { type ByteFolder, folderOutbox, memoryOutbox, type OutboxStore } from './engine/outbox-store.ts'
export type { SandboxThread, SpawnThread, UnitOutcome, UnitToRun } from './engine/sandbox-thread.ts'
export type { EngineCounters, EngineSnapshot, EngineState, ThreadSnapshot } from './engine/snapshot.ts'
