import { registerHooks } from 'node:module'
import { packageScript } from './processes.ts'

const ENTRIES: Readonly<Record<string, string>> = { dsage: 'sdk/node', 'dsage/math': 'sdk/math' }

/** From now on a program finds this package by its name, also where it is not installed beside the program. */
export function provideOwnPackage(): void {
  registerHooks({
    resolve(specifier, context, resolveNext) {
      const entry = ENTRIES[specifier]
      try {
        return resolveNext(specifier, context)
      } catch (error) {
        if (entry === undefined || (error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
        return resolveNext(packageScript(entry).href, context)
      }
    },
  })
}
