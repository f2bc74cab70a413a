/** The bundles of modules, each made once a process. */
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BadArgument } from '../errors.ts'
import { buildBundle } from './build-bundle.ts'

const bundles = new Map<string, Promise<string>>()

/**
 * The bundle of the module at `url`, a file: URL; made once a process.
 * @throws BadArgument when it cannot be bundled or does not export `work`, BundleError when it needs what a job does not have
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
  if (url.protocol !== 'file:') throw new BadArgument(`Expected a file: URL, got ${url.href}; write new URL('./work.ts', import.meta.url).`)
  const path = fileURLToPath(url)
  return buildBundle(url.href, dirname(path), { entryPoints: [path] })
}
