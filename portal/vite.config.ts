import { fileURLToPath } from 'node:url'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig, type Plugin } from 'vite'
import { shell } from './messages/en/shell.ts'

/** What is said before there is a script that could say it. */
const sentences: Plugin = { name: 'sentences', transformIndexHtml: (html) => html.replace('{{noScript}}', shell.noScript) }

/** Built into portal/dist by scripts/prepare.mjs; the server serves nothing else. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  cacheDir: fileURLToPath(new URL('../node_modules/.vite', import.meta.url)),
  plugins: [svelte(), sentences],
  logLevel: 'warn',
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    // The policy of the pages forbids data: addresses, so nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    license: false,
  },
  worker: { format: 'es' },
})
