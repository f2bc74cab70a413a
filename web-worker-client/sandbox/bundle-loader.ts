/**
 * Loads a bundle in a worker: a module from a URL that holds its text. Everything it needs of the platform is taken when this file is
 * loaded, since the realm is stripped of it before a bundle comes.
 */
import type { Loader } from './control-messages.ts'
import type { LoadFailure } from './harness.ts'
import { BEGAN, BEGAN_CALL, LOADED_SUFFIX } from './loaded-export.ts'
import { apply, construct, defineProperty, deleteProperty } from './primordials.ts'
import { describeThrown, nameBundle } from './thrown.ts'

const NativeBlob = globalThis.Blob
const NativeUrl = globalThis.URL
const createObjectUrl = NativeUrl.createObjectURL
const escapeText = globalThis.encodeURIComponent

export interface Loaded {
  readonly namespace?: object
  readonly failure?: LoadFailure
}

function urlOf(text: string, loader: Loader): string {
  if (loader === 'data') return `data:text/javascript;charset=utf-8,${escapeText(text)}`
  return apply(createObjectUrl, NativeUrl, [construct(NativeBlob, [[text], { type: 'text/javascript' }])]) as string
}

/** Engines reject alike for what does not parse; what does not link is a module that cannot be fetched. */
function failureOf(thrown: unknown, began: boolean): LoadFailure {
  if (began) return { kind: 'thrown', ...describeThrown(thrown) }
  const { name, message } = describeThrown(thrown)
  return { kind: name === 'SyntaxError' ? 'syntax' : 'imports', detail: `${name}: ${message}` }
}

export async function loadBundle(code: string, loader: Loader): Promise<Loaded> {
  let began = false
  const url = urlOf(`${BEGAN_CALL}${code}${LOADED_SUFFIX}`, loader)
  if (loader === 'data') nameBundle(url)
  const begin = () => {
    deleteProperty(globalThis, BEGAN)
    began = true
  }
  defineProperty(globalThis, BEGAN, { __proto__: null, value: begin, configurable: true } as PropertyDescriptor)
  try {
    return { namespace: (await import(url)) as object }
  } catch (thrown) {
    deleteProperty(globalThis, BEGAN)
    return { failure: failureOf(thrown, began) }
  }
}
