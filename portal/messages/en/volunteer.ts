import type { ErrorCode, IdleReason } from '../../../sdk/protocol.ts'
import type { EngineState, VolunteerTrouble } from '../../../web-worker-client/index.ts'
import { count, percent, plural, seconds } from './english.ts'

/** Why nothing is computed; the one line that is always there. */
const idle = {
  'no-jobs': 'Waiting: no researcher has submitted a job. The next one starts here by itself.',
  'no-open-units': 'Waiting: all units of the running jobs are being computed. The next open one comes here.',
  'waiting-for-other-volunteers': 'Waiting: what is left needs the answer of somebody else, so that nobody confirms their own.',
  'needs-more-devices':
    'Waiting: the running job needs more devices than are here before an answer can be believed. Invite somebody, or come back later.',
  'other-engine': 'Waiting: the running job is computed by browsers of another kind or version, whose results have the same last digits.',
  'kept-away':
    'Waiting: this device is kept from the running job, since its answers there differed from what others agreed on. Work of other jobs comes here.',
  'pilot-running': 'Waiting: the server tries a new job out before anybody computes it. It starts here by itself.',
  busy: 'Waiting: the server is busy and will hand out work in a moment.',
  'holds-enough': 'Waiting: this tab holds as many units as it may.',
  'server-stopping': 'Waiting: the server is stopping. This tab goes on when it is back.',
  'device-banned': 'An admin of this server has banned this device.',
} satisfies Record<IdleReason, string>

/** With the numbers, where the server says them. */
const needsMoreDevices = (needed: number, present: number) =>
  `Waiting: the running job needs ${count(needed)} devices before an answer can be believed, and ${count(present)} ${present === 1 ? 'is' : 'are'} here. Invite somebody, or come back later.`

const trouble = {
  'insecure-context': 'This page cannot compute: the address is not secure. Open it over https, or as localhost.',
  'no-workers': 'This browser cannot compute: it has no web workers, or they are switched off.',
  'no-webassembly': 'This browser cannot compute: it has no WebAssembly, or it is switched off (some browsers call that lockdown mode).',
  'no-storage': 'This browser cannot compute: it keeps nothing for this page. Leave private browsing, or allow the page to store data.',
  'another-tab': 'Another tab of this browser computes already. This one takes over when that one is closed.',
  'no-sandbox': 'The sandbox for other people’s code does not start. It is tried again; nothing runs outside it.',
  'network-blocks': 'Your network blocks the connection (WebSockets). This page keeps trying; another network may help.',
} satisfies Record<VolunteerTrouble, string>

const state = {
  connecting: 'Connecting to the server …',
  computing: 'Computing.',
  idle: 'Waiting: there is no open unit at this moment. The server sends the next one as soon as there is.',
  paused: 'Paused. Nothing runs until you resume.',
  stopped: 'Stopped. Reload the page to start again.',
} satisfies Record<EngineState['name'], string>

/** Refusals after which the engine stops for good, where the server's own sentence is not for the person at the device. */
const stopped: Partial<Record<ErrorCode, string>> = {
  'client-too-old': 'Stopped: the server is newer than this page. Reload it.',
  'client-too-new': 'Stopped: this page is newer than the server. Ask its owner to update it.',
  'wrong-device-secret': 'Stopped: the server does not know this browser any more. Clear the data of this page and start anew.',
}

const consent = {
  title: 'Before this computer computes',
  changed: 'These terms have changed since you agreed; please read them again.',
  points: [
    {
      heading: 'What runs',
      text: 'Small pieces of programs that researchers sent to this server, one piece a thread, for as long as you like.',
    },
    {
      heading: 'How you are protected',
      text: 'Each piece runs in a sandbox without network, files, camera or what you do in other tabs, with a limit of time and memory.',
    },
    {
      heading: 'What it costs you',
      text: 'Electricity, some data, and a warmer machine. You choose the threads; half of your processor is the default. Pause or close the tab at any time.',
    },
    {
      heading: 'What others see',
      text: 'The server sees your network address, as every web server does, and the results, their times and the kind of your browser. Pages list your device without a name.',
    },
  ],
  running: 'At the moment',
  runningFor: (owner: string) => `for ${owner}`,
  runningNone: 'No job runs at the moment; it would wait for the next one.',
  owner: 'This is my own computer, or I may use it for this.',
  age: 'I am 16 or older, or I have the permission of whoever cares for me.',
  agree: 'Agree and start',
  missing: 'Tick both boxes to start.',
} as const

export const volunteer = {
  title: 'Volunteer',
  lead: 'This tab lends the computer’s spare time.',
  consent,
  idle,
  needsMoreDevices,
  trouble,
  state,
  stopped,
  refused: (message: string) => `Stopped: ${message}`,
  /** Shown while units follow each other. */
  computing: (connected: boolean) => (connected ? 'Computing.' : 'Computing. The server is away; what is finished waits for it.'),
  copy: (device: string) =>
    `This browser has a copy of the identity of device ${device.slice(0, 8)}, which computes elsewhere at this moment. Each counts as a device of its own: this one is new and earns trust anew. To copy a profile or a virtual machine, clear the data of this page in the copy first.`,
  starting: 'Starting …',
  startFailed: (why: string) => `This page could not start to compute: ${why}`,
  pause: 'Pause',
  resume: 'Resume',
  threads: 'Threads',
  threadsOf: (chosen: number, all: number) => `${count(chosen)} of ${plural(all, 'logical core', 'logical cores')}`,
  now: 'What it computes now',
  thread: (index: number) => `Thread ${count(index + 1)}`,
  free: 'free',
  progressOf: (index: number) => `How far the code of thread ${count(index + 1)} says it is`,
  saysItIs: (fraction: number, note: string) => (note ? `${percent(fraction)}, ${note}` : percent(fraction)),
  forWhom: (owner: string) => `for ${owner}`,
  elapsed: seconds,
  tookSeconds: (time: number) => `done in ${seconds(time)}`,
  queued: (units: number) => (units === 0 ? 'No unit waits for a thread.' : `${plural(units, 'unit waits', 'units wait')} for a thread.`),
  done: 'Done by this tab',
  counters: {
    returned: 'Units finished',
    recorded: 'Recorded by the server',
    late: 'Recorded late',
    duplicate: 'Recorded before',
    refused: 'Refused',
    errored: 'Not finished',
    undelivered: 'On their way',
  },
  doneNote: 'Whether a result is accepted is decided when independent devices have answered; the leaderboard counts those.',
  recent: 'The last units',
  recentNone: 'No unit has been finished in this tab yet.',
  recentRow: (job: string, time: number) => `${job}, ${seconds(time)}`,
  picture: 'The picture this server works on',
  pictureNote: 'Tiles with a frame were computed here.',
  withdraw: 'Withdraw my consent',
} as const
