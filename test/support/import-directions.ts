/** Who may import whom (DESIGN §2), as data. An area is what its pattern matches first, from the top. */
export const AREAS: readonly (readonly [name: string, files: RegExp])[] = [
  ['protocol', /^sdk\/protocol(\.ts$|\/)/],
  // Exact numbers: values that travel, and names that are in scope where a job runs.
  ['math', /^sdk\/math(\.ts$|\/)/],
  // The values and bytes of the wire, and what must be the same at both its ends, pages among them.
  [
    'codec',
    /^sdk\/(codec(\.ts$|\/)|packet-(parser|shape)\.ts$|seed\.ts$|work-context\.ts$|sandbox-globals\.ts$|printable\.ts$|overhead\.ts$)/,
  ],
  // Keys and logins, for browsers too; and the files keys lie in, for Node.
  ['identity', /^sdk\/identity\//],
  ['key files', /^sdk\/key-files\//],
  // Where a built-in's results lie in its picture: for the built-in and for pages that draw it.
  ['drawing', /^sdk\/functions\/[^/]+\/tiles\.ts$/],
  ['sdk/functions', /^sdk\/functions\//],
  ['sdk/local', /^sdk\/(local|cli)\//],
  ['sdk/browser', /^sdk\/browser\.ts$/],
  ['sdk/node', /^sdk\/node\.ts$/],
  ['sdk', /^sdk\//],
  ['core', /^server\/core\//],
  // What the store promises and how it fails, without the database behind it.
  [
    'store interface',
    /^server\/store\/(session|store|file-store|checkpoint-store|pilot-store|trust-read-store|unit-record|lease-report|credit-store|team-store|device-record|track-record|lease-wish|trust-verbs|storage-error)\.ts$/,
  ],
  ['store', /^server\/store\//],
  ['transport', /^server\/transport\//],
  ['auth', /^server\/auth\//],
  ['check', /^server\/check\//],
  ['app', /^server\/app\.ts$/],
  ['main', /^server\/main\.ts$/],
  ['server leaf', /^server\/(errors|metrics|timers|config|home|networks|trial)\.ts$/],
  ['live', /^server\/live\.ts$/],
  ['coordinator', /^server\//],
  ['worker index', /^web-worker-client\/index\.ts$/],
  // A maker of sandbox processes, for whoever computes a unit on this machine.
  ['sandbox process', /^web-worker-client\/headless\/spawn-thread\.ts$/],
  ['headless', /^web-worker-client\/headless\//],
  ['worker', /^web-worker-client\//],
  ['portal', /^portal\//],
  ['tooling', /^(scripts|bin|test|examples|deploy)\/|^[^/]+\.ts$/],
]

const WIRE = ['protocol', 'codec', 'math']

/** For each area the others it may import; its own files it always may. `types:` marks what may be imported as types only. */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  math: [],
  codec: ['protocol', 'math'],
  drawing: ['types:sdk/functions'],
  identity: [...WIRE, 'sdk'],
  'key files': [...WIRE, 'sdk', 'identity'],
  'sdk/functions': [...WIRE, 'sdk', 'drawing'],
  sdk: [...WIRE, 'sdk/functions', 'identity'],
  'sdk/browser': [...WIRE, 'sdk', 'sdk/functions'],
  'sdk/node': [...WIRE, 'sdk', 'sdk/functions', 'sdk/browser', 'sdk/local', 'key files'],
  'sdk/local': [...WIRE, 'sdk', 'sdk/functions', 'sdk/node', 'identity', 'key files', 'sandbox process'],
  core: ['types:protocol'],
  'store interface': ['types:protocol', 'types:core'],
  store: [...WIRE, 'store interface', 'core', 'server leaf'],
  live: [...WIRE, 'types:store interface', 'server leaf'],
  'server leaf': [...WIRE, 'types:store', 'key files', 'identity'],
  auth: [...WIRE, 'store interface', 'server leaf', 'core', 'identity'],
  check: [...WIRE, 'server leaf', 'sandbox process'],
  coordinator: [...WIRE, 'core', 'store interface', 'live', 'server leaf', 'auth'],
  transport: [...WIRE, 'coordinator', 'auth', 'live', 'server leaf'],
  app: [...WIRE, 'core', 'store interface', 'store', 'live', 'server leaf', 'auth', 'check', 'coordinator', 'transport'],
  main: [...WIRE, 'key files', 'auth', 'app', 'check', 'store', 'store interface', 'server leaf'],
  worker: [...WIRE],
  'worker index': [...WIRE, 'worker'],
  headless: [...WIRE, 'worker', 'worker index', 'identity', 'sdk', 'sandbox process'],
  'sandbox process': ['headless'],
  portal: [...WIRE, 'sdk/browser', 'drawing', 'worker index'],
}

/** Areas that stand outside the program: they may import everything, and nothing of the program imports them. */
export const OUTSIDE = 'tooling'

export function areaOf(path: string): string {
  return AREAS.find(([, files]) => files.test(path))?.[0] ?? 'unknown'
}

/** Packages a browser can run; whatever `sdk/browser.ts` reaches must be one of these. */
export const BROWSER_PACKAGES = [
  '@jridgewell/trace-mapping',
  '@msgpack/msgpack',
  '@socket.io/component-emitter',
  'acorn',
  'periscopic',
  'socket.io-client',
]
