import type { NodeOnly } from '../dsage.ts'
import { bundleFile } from './bundle-file.ts'
import { bundleModule } from './bundle-module.ts'
import { localFiles } from './local-files.ts'
import { openSandbox } from './open-sandbox.ts'

/** What a connection has in Node and in no page. */
export const machine = { bundleModule, bundleFile, files: localFiles, sandbox: openSandbox } satisfies NodeOnly
