import { define, getPrototypeOf } from './primordials.ts'

/**
 * Makes every way from text to code throw. In browsers the frame's policy refuses it too; here it is refused by the realm itself, so that
 * a bundle behaves the same in every engine and what was approved is all that runs.
 */
export function refuseCodeGeneration(global: object): void {
  const samples = [() => {}, async () => {}, function* () {}, async function* () {}]
  for (const sample of samples) {
    const prototype = getPrototypeOf(sample) as object
    const refused = function refuse(): never {
      throw new EvalError('Expected code that is part of the bundle, got text to compile: put the code into the bundle.')
    }
    Object.defineProperty(refused, 'prototype', { value: prototype, writable: false })
    Object.defineProperty(prototype, 'constructor', { value: refused, writable: false, configurable: true })
    Object.defineProperty(refused, 'name', { value: 'Function' })
    if (prototype === Function.prototype) define(global, 'Function', refused)
  }
}
