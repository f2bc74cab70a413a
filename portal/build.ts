/** Builds the portal into portal/dist: its pages and scripts, then the script of the sandbox frames. */
import { build } from 'vite'
import { buildSandbox } from './build-sandbox.ts'
import config from './vite.config.ts'

await build({ ...config, configFile: false })
await buildSandbox()
