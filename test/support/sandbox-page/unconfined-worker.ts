/** The workers' program without the allow-list: every name of the engine stays. */
import { startWorker } from '../../../web-worker-client/sandbox/worker-realm.ts'

startWorker(globalThis.location.protocol === 'data:' ? 'data' : 'blob', () => {})
