import { BadArgument } from '../errors.ts'

/**
 * The module `work` beside the one at `url` (its `import.meta.url`): TypeScript in a clone, JavaScript as published.
 * @throws BadArgument where several modules are one script, which lie nowhere
 */
export function workModuleBeside(url: string | undefined): URL {
  if (url === undefined || !/\.(ts|js)$/.test(url)) {
    throw new BadArgument(
      'Expected `bundle`, the text of the module that computes, since no module lies beside this script; give { bundle }.',
    )
  }
  return new URL(`./work.${url.endsWith('.ts') ? 'ts' : 'js'}`, url)
}
