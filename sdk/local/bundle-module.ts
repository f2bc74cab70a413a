/**
 * A module and all it imports as one ES module text. Deterministic and not minified: the text is what gets approved and what devices agree on, so
 * it must be readable and the same on every machine. Paths in its comments are relative to the module, never to the machine.
 */
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { BadArgument } from '../errors.ts'

const bundles = new Map<string, Promise<string>>()

/**
 * The bundle of the module at `url`, a file: URL; made once a process.
 * @throws BadArgument when it cannot be bundled or does not export `work`
 */
export function bundleModule(url: URL): Promise<string> {
  let bundle = bundles.get(url.href)
  if (bundle === undefined) {
    bundle = makeBundle(url)
    bundles.set(url.href, bundle)
    // A module that failed may be mended and tried again.
    bundle.catch(() => bundles.delete(url.href))
  }
  return bundle
}

async function makeBundle(url: URL): Promise<string> {
  const path = fileURLToPath(url)
  const result = await build({
    entryPoints: [path],
    absWorkingDir: dirname(path),
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    target: 'es2022',
    charset: 'utf8',
    legalComments: 'none',
    logLevel: 'silent',
    // What the machine's own configuration says must not change the text.
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
  }).catch((error: Error) => {
    throw new BadArgument(`Expected ${url.href} to be a module that can be bundled: ${error.message}`, error)
  })
  const exported = Object.values(result.metafile.outputs)[0]?.exports ?? []
  if (!exported.includes('work'))
    throw new BadArgument(`Expected ${url.href} to export \`work\`, it exports ${exported.join(', ') || 'nothing'}.`)
  return result.outputFiles[0]!.text
}
