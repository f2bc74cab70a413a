import { apply, define, deleteProperty, getOwnPropertyDescriptor, getPrototypeOf, ownKeys } from './primordials.ts'

/**
 * Takes every name that is not in `allowed` from the global object and its whole prototype chain up to `Object.prototype`. Listed names
 * that a prototype holds move to the global object first, so that what the harness put over one is not found again underneath. What
 * cannot be deleted becomes `undefined` or is hidden by it; a name that survives even that is an error, because a realm with an unknown
 * name must not run a stranger's code. An allow-list, since the platform adds names every month and nobody would add them to a list of
 * forbidden ones.
 */
export function removeUnlisted(global: object, allowed: readonly string[]): void {
  const listed = new Set<PropertyKey>(allowed)
  for (let holder: object | null = global; holder !== null && holder !== Object.prototype; holder = getPrototypeOf(holder)) {
    for (const key of ownKeys(holder)) {
      if (typeof key === 'symbol') {
        deleteProperty(holder, key) // its tag, which says what kind of realm this is
      } else if (holder === global) {
        if (!listed.has(key)) remove(global, global, key)
      } else {
        if (listed.has(key) && getOwnPropertyDescriptor(global, key) === undefined) define(global, key, readFrom(holder, global, key))
        remove(global, holder, key)
      }
    }
  }
}

function readFrom(holder: object, global: object, key: string): unknown {
  const { get, value } = getOwnPropertyDescriptor(holder, key)!
  return get === undefined ? value : apply(get, global, [])
}

function remove(global: object, holder: object, key: string): void {
  if (deleteProperty(holder, key)) return
  try {
    Object.defineProperty(isConstant(holder, key) ? global : holder, key, { value: undefined, writable: false })
  } catch {
    throw new Error(`The sandbox cannot remove the global name ${key}; no code was run.`)
  }
}

/** A number or text that can be neither removed nor changed, such as Chromium's `TEMPORARY`: it leads nowhere. */
function isConstant(holder: object, key: string): boolean {
  const { configurable, writable, value } = getOwnPropertyDescriptor(holder, key)!
  return !configurable && writable === false && (typeof value === 'number' || typeof value === 'string')
}
