/** The program of a sandbox worker; built into the frame as text. */
import { startWorker } from './worker-realm.ts'

startWorker(globalThis.location.protocol === 'data:' ? 'data' : 'blob')
