/**
 * The hostile bundles: what each is given, which answers are the truth, which promise of the sandbox it is made to break, and in which
 * weakened configuration it is shown to break it. An attack that breaks nothing anywhere proves nothing where it fails.
 */
import { readFileSync } from 'node:fs'
import { CREATED_AT } from '../client/sandbox-support.ts'

/**
 * What a volunteer is promised, whatever a bundle does.
 * - network: nothing reaches the sink or the portal.
 * - deadline: a unit answers within a second of its deadline.
 * - truth: the answer is the one that the same bundle would give alone in the world.
 * - result: only bytes within the cap, or a reason, come out.
 * - next: an honest unit afterwards is computed right and in time.
 * - page: no task of the page takes longer than 200 ms, and nothing throws in it.
 * - traces: no message, no stored data, no lock, no file.
 * - memory: what the unit took is given back within three seconds of its end.
 */
export const PROMISES = ['network', 'deadline', 'truth', 'result', 'next', 'page', 'traces', 'memory'] as const
export type Promised = (typeof PROMISES)[number]

/**
 * What is taken away, in a browser. `late built-ins`: the harness looks them up where it uses them; `relayed`: without the list, and what workers
 * post is passed on to the page; `window`: the bundle runs in the frame's window, without a policy; `bare`: in a
 * worker of the page.
 */
export const WEAKENED = [
  'no policy, imports stay',
  'no list',
  'no policy, no list',
  'late built-ins',
  'relayed',
  'no deadline',
  'window',
  'bare',
] as const
export type Weakened = (typeof WEAKENED)[number]

/** `throws`: an error for every input; `anything`: outputs, whatever they are; anything else that is text: the unit has no output, for that reason. */
export type Answer = readonly unknown[] | 'throws' | 'anything' | 'deadline' | 'memory' | 'unserialisable' | 'output-too-large' | 'crashed'

export interface Attack {
  readonly name: string
  readonly rule: string
  readonly inputs: readonly unknown[]
  /** Each of them is right. */
  readonly answers: readonly Answer[]
  /** The same bundle again, in the same thread. */
  readonly again?: { readonly inputs: readonly unknown[]; readonly answers: readonly Answer[] }
  readonly breaks: Promised
  /** Where it does; `bare child` is a process of Node that runs the bundle as it would any module. */
  readonly bitesIn: Weakened | 'bare child'
}

type Rest = Partial<Omit<Attack, 'name'>>

function attack(name: string, breaks: Promised, bitesIn: Attack['bitesIn'], rule: string, rest: Rest = {}): Attack {
  return { name, rule, breaks, bitesIn, inputs: [0], answers: [['done']], ...rest }
}

const network = (name: string, bitesIn: Attack['bitesIn'] = 'no policy, no list', rest: Rest = {}): Attack =>
  attack(`network/${name}`, 'network', bitesIn, 'X5', rest)
const trace = (name: string, bitesIn: Attack['bitesIn'], rest: Rest = {}): Attack => attack(`traces/${name}`, 'traces', bitesIn, 'X5', rest)
const device = (name: string, ...answers: Answer[]): Attack => attack(`device/${name}`, 'truth', 'bare', 'X6', { answers })

const INPUT = { list: [1, 2n, 'three', null], bytes: new Uint8Array([1, 2, 250]), map: new Map([['k', -0]]), text: 'GENUINE' }
const harness = (name: string, rest: Rest = {}): Attack =>
  attack(`harness/${name}`, 'truth', 'bare', 'X8', { inputs: [INPUT, 'GENUINE', 7], answers: [[INPUT, 'GENUINE', 7]], ...rest })
const result = (name: string, breaks: Promised, ...answers: Answer[]): Attack => attack(`result/${name}`, breaks, 'bare', 'X4', { answers })
const state = (name: string, first: Answer, inputs: readonly unknown[] = [1], rest: Rest = {}): Attack =>
  attack(`state/${name}`, 'truth', 'bare', 'X8', { inputs, answers: [first], again: { inputs, answers: [first] }, ...rest })
const hang = (name: string, bitesIn: Attack['bitesIn'] = 'no deadline', rest: Rest = {}): Attack =>
  attack(`hang/${name}`, 'deadline', bitesIn, 'X2', { answers: ['deadline'], ...rest })
const memory = (name: string, bitesIn: Attack['bitesIn'] = 'no deadline', rest: Rest = {}): Attack =>
  attack(`memory/${name}`, 'memory', bitesIn, 'X3', { answers: ['deadline', 'memory', 'throws'], ...rest })

export const ATTACKS: readonly Attack[] = [
  network('fetch'),
  network('redirect'),
  network('xhr'),
  network('web-socket'),
  network('event-source'),
  network('font-face'),
  network('cache-add', 'bare'),
  network('import-scripts'),
  network('dynamic-import', 'no policy, imports stay'),
  network('static-import', 'no policy, imports stay', { answers: ['throws'] }),
  network('nested-import', 'no policy, imports stay'),
  network('worker-blob', 'bare'),
  network('worker-data', 'bare'),
  network('worker-url', 'bare'),
  network('function-text', 'bare'),
  network('eval'),
  network('timer-text'),
  network('constructor-chain', 'bare'),
  network('prototype-chain'),
  network('graph-walk'),
  network('after-the-answer', 'bare'),
  network('web-rtc', 'window'),
  network('image', 'window'),
  network('beacon', 'window'),
  network('style-sheet', 'window'),
  network('element', 'window'),
  network('preconnect', 'window'),
  network('navigation', 'window'),
  network('node-http', 'bare child'),
  trace('indexed-db', 'bare'),
  trace('cache-storage', 'bare'),
  trace('private-files', 'bare'),
  trace('web-lock', 'bare'),
  trace('broadcast', 'bare'),
  trace('to-parent', 'window'),
  trace('node-files', 'bare child'),
  trace('node-process', 'bare child'),
  trace('node-thread', 'bare child'),
  device('navigator', [[]]),
  device('address', [[]]),
  device('clock', [[['absent', 'stands', 'stands'], CREATED_AT, CREATED_AT, CREATED_AT - 789]]),
  device('hidden-clock', [[]]),
  device('counter-thread', 'throws'),
  device('shared-memory', 'throws'),
  device('locale', [['UTC', 'en-US', 'en-US', 0, 22, 1_700_000_000_000, 1_700_000_000_000, '1,234,567.5']]),
  device('randomness', [[0.8052476652571252, [241, 46, 132, 14], '88a82d5b-93fb-46fe-b357-a317b567869d']]),
  device('entropy', [[]]),
  device('garbage', [['undefined', 'undefined', 'undefined']]),
  device('graphics', [[]]),
  device('names', [[]]),
  harness('array'),
  harness('object-setters'),
  harness('promise', { breaks: 'next' }),
  harness('typed-array', { bitesIn: 'late built-ins' }),
  harness('call', { bitesIn: 'late built-ins' }),
  harness('text', { bitesIn: 'late built-ins' }),
  harness('collections'),
  harness('message-port', { answers: ['throws'] }),
  harness('globals', { breaks: 'next' }),
  harness('throw', { inputs: ['proxy', 'number', 'lone', 'getters'], answers: ['throws'] }),
  harness('context', { inputs: [1, 2], answers: [['first', 'number']] }),
  harness('second-init', { inputs: [0], answers: [['done']] }),
  harness('steal-port', { breaks: 'next', inputs: [0], answers: [['done']], again: { inputs: [0], answers: [['done']] } }),
  attack('harness/forge', 'traces', 'relayed', 'X8'),
  attack('harness/standard-output', 'truth', 'bare child', 'X8'),
  attack('harness/close', 'next', 'bare', 'X8'),
  attack('harness/global-error', 'page', 'bare', 'X8'),
  attack('harness/rejection', 'next', 'bare child', 'X8'),
  result('function', 'deadline', 'unserialisable'),
  result('proxy', 'deadline', 'unserialisable', 'anything'),
  result('accessor', 'deadline', 'unserialisable'),
  result('deep', 'deadline', 'unserialisable'),
  result('cycle', 'result', 'unserialisable'),
  result('shared', 'result', 'output-too-large', 'deadline'),
  result('big', 'result', 'output-too-large'),
  attack('result/many', 'result', 'bare', 'X4', { inputs: Array(50).fill(0), answers: ['output-too-large'] }),
  result('sparse', 'result', 'unserialisable', 'output-too-large'),
  result('error-text', 'result', 'throws'),
  result('detached', 'truth', 'unserialisable'),
  attack('result/lying-length', 'truth', 'late built-ins', 'X4', { answers: [[new Uint8Array(4)]] }),
  state('global', [1]),
  state('prototype', ['clean']),
  state('built-in', [[42, [2]]]),
  state('module', [1]),
  state('console', [[2, 2]]),
  state('regular-expression', ['']),
  attack('state/promise-loop', 'next', 'bare', 'X8', {
    inputs: [1],
    answers: [['done'], 'deadline'],
    again: { inputs: [2], answers: [['done']] },
  }),
  attack('state/timer', 'next', 'bare', 'X8', { inputs: [1], again: { inputs: [2], answers: [['done']] } }),
  hang('loop'),
  hang('load'),
  hang('load-await'),
  hang('load-then', 'no deadline', { answers: ['deadline', [0]] }),
  hang('microtask'),
  hang('tick'),
  hang('never'),
  hang('wasm'),
  hang('atomics', 'bare', { answers: ['throws'] }),
  // JavaScriptCore gives a pattern up after a while.
  hang('pattern', 'no deadline', { answers: ['deadline', [false]] }),
  hang('integer'),
  hang('native'),
  hang('sort'),
  hang('result-getter', 'bare', { answers: ['unserialisable'] }),
  hang('result-keys'),
  hang('result-thenable'),
  hang('result-thenables'),
  hang('thrown-message'),
  hang('thrown-stack'),
  hang('thrown-at-load', 'bare', { answers: ['throws', 'deadline'] }),
  hang('console'),
  memory('buffers'),
  memory('objects'),
  memory('text'),
  memory('wasm', 'bare'),
  memory('wasm-module', 'bare'),
  memory('wasm-many'),
  memory('wasm-descriptor', 'bare'),
  memory('wasm-table'),
  memory('clone'),
  memory('blobs', 'bare'),
  memory('integers'),
  attack('page/messages', 'traces', 'relayed', 'X8'),
  attack('page/console', 'deadline', 'bare', 'X2'),
  attack('page/global-errors', 'page', 'bare', 'X8'),
  attack('page/rejections', 'next', 'bare child', 'X2', { answers: [['done'], 'deadline'] }),
]

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')
const PRELUDE = read('bundles/prelude.js')

export interface Places {
  /** Host and port of the sink, and of its UDP socket. */
  readonly sink: string
  readonly datagrams: string
  /** Host and port of the portal. */
  readonly portal: string
  /** Where no file may appear. */
  readonly folder: string
}

/** The text of an attack's bundle. The first segment of what it asks the sink for is its name. */
export function bundleOf({ name }: Attack, places: Places): string {
  const placed: Record<string, string> = {
    SINK: `${places.sink}/${name}`,
    PORTAL: places.portal,
    UDP: places.datagrams,
    FOLDER: places.folder,
  }
  return PRELUDE + read(`bundles/${name}.js`).replaceAll(/__([A-Z]+)__/g, (_, key: string) => placed[key]!)
}
