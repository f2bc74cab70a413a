/** What an unsupported value is called, and what to do about it. */
import { getOwnPropertyDescriptor, getPrototypeOf, hasOwn } from './captured.ts'

const ADVICE: Record<string, string> = {
  Promise: 'await it first',
  ArrayBuffer: 'wrap it: new Uint8Array(buffer)',
  SharedArrayBuffer: 'wrap it: new Uint8Array(buffer)',
  DataView: 'send its bytes: new Uint8Array(view.buffer, view.byteOffset, view.byteLength)',
  Number: 'send the primitive: value.valueOf()',
  String: 'send the primitive: value.valueOf()',
  Boolean: 'send the primitive: value.valueOf()',
  BigInt: 'send the primitive: value.valueOf()',
  RegExp: 'send its source and flags',
}

/** "an instance of Foo; …" for an object that is neither plain nor of a supported kind. Runs no code of the object but a proxy's. */
export function describeInstance(value: object): string {
  const name = classNameOf(value)
  if (isError(value)) return `an error (${name}); throw it, or send { name, message }`
  return `an instance of ${name}; ${hasOwn(ADVICE, name) ? ADVICE[name] : 'send a plain object with its fields'}`
}

function classNameOf(value: object): string {
  const maker = dataOf(getPrototypeOf(value), 'constructor')
  const name = typeof maker === 'function' ? dataOf(maker, 'name') : undefined
  return typeof name === 'string' && name !== '' ? name : 'a class'
}

function isError(value: object): boolean {
  for (let object: object | null = value; object !== null; object = getPrototypeOf(object)) {
    if (dataOf(object, 'name') === 'Error' && typeof dataOf(object, 'toString') === 'function') return true
  }
  return false
}

function dataOf(object: object | null, name: string): unknown {
  const descriptor = object === null ? undefined : getOwnPropertyDescriptor(object, name)
  return descriptor !== undefined && hasOwn(descriptor, 'value') ? descriptor.value : undefined
}
