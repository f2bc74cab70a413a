/** Of `dsage/math`, in scope wherever a job runs. */
export const MATH_NAMES: readonly string[] = [
  'gcd',
  'lcm',
  'powMod',
  'invMod',
  'isPrime',
  'nextPrime',
  'primes',
  'factor',
  'isqrt',
  'iroot',
  'binomial',
  'fibonacci',
  'crt',
  'Rational',
  'calculate',
]

/**
 * The names a job may use without declaring them: the one list. The bundler refuses a function that uses another name before it is
 * submitted; the sandbox removes every other name from its realm; a test walks the realm in each engine (SANDBOX, decision 6).
 *
 * ECMAScript has more. Left out, because the same job would not do the same everywhere:
 * - `eval`: the frame's policy refuses to compile text.
 * - `SharedArrayBuffer`: present only under cross-origin isolation; threads will be a permission.
 * - `Temporal`: the real clock, and not in every engine. `DisposableStack` and its like: not in every engine either.
 * - `WeakRef`, `FinalizationRegistry`: they show when memory is collected. `URL`: no small implementation that is the same everywhere.
 * `Intl` is in: the sandbox fixes its locale, time zone and clock (INTEGRITY, T6).
 */
export const SANDBOX_GLOBALS: readonly string[] = [
  ...MATH_NAMES,
  // values and functions
  'globalThis',
  'undefined',
  'NaN',
  'Infinity',
  'isFinite',
  'isNaN',
  'parseFloat',
  'parseInt',
  'decodeURI',
  'decodeURIComponent',
  'encodeURI',
  'encodeURIComponent',
  'escape',
  'unescape',
  // fundamental objects
  'Object',
  'Function',
  'Boolean',
  'Symbol',
  'Error',
  'AggregateError',
  'EvalError',
  'RangeError',
  'ReferenceError',
  'SyntaxError',
  'TypeError',
  'URIError',
  // numbers, dates, text
  'Number',
  'BigInt',
  'Math',
  'Date',
  'String',
  'RegExp',
  'Intl',
  // collections
  'Array',
  'Map',
  'Set',
  'WeakMap',
  'WeakSet',
  'Iterator',
  // bytes
  'ArrayBuffer',
  'DataView',
  'Atomics',
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'BigInt64Array',
  'BigUint64Array',
  'Float16Array',
  'Float32Array',
  'Float64Array',
  // structure
  'JSON',
  'Promise',
  'Proxy',
  'Reflect',
  // beside ECMAScript
  'WebAssembly',
  'TextEncoder',
  'TextDecoder',
  'atob',
  'btoa',
  'structuredClone',
  'queueMicrotask',
  'self',
  'console',
  'crypto',
]
