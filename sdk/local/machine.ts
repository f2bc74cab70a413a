import type { NodeOnly } from '../dsage.ts'
import type { WriteRecord } from '../job-record.ts'
import { bundleFile } from './bundle-file.ts'
import { bundleModule } from './bundle-module.ts'
import { localFiles } from './local-files.ts'
import { localMachine } from './local-machine.ts'
import { openSandbox } from './open-sandbox.ts'

/** What it is made of is loaded when it is wanted. */
const record: WriteRecord = async (...asked) => (await import('./write-record.ts')).writeRecord(...asked)

/** What a connection has in Node and in no page. */
export const thisMachine = (home: string): NodeOnly => ({
  ...{ bundleModule, bundleFile, files: localFiles, sandbox: openSandbox, record },
  machine: localMachine(home),
})
