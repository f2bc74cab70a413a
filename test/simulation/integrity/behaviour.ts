import { readdirSync } from 'node:fs'

/** What a liar may look at before it answers. It sees more than a real one would: its own k, and with `isCheck` what it is asked for. */
export interface View {
  /** Checks passed since the last strike. */
  readonly checks: number
  readonly suspect: boolean
  /** Most checks it ever had passed in a row. */
  readonly mostChecks: number
  /** Leases this identity has returned. */
  readonly returned: number
  /** Wrong answers this identity gave. */
  readonly lies: number
  /** Whether the lease is an audit or a sample. */
  readonly isCheck: boolean
  /** Whether another liar has had the unit before. */
  readonly seen: () => boolean
  readonly random: () => number
}

/** One kind of crowd. Liars of one run all behave alike, which is the worst for whoever has to tell them from the others. */
export interface Behaviour {
  readonly name: string
  /** What the row of the table is called in which its effect is printed. */
  readonly family: string
  /** Whether this answer is wrong. */
  readonly lies: (view: View) => boolean
  /** Probability that a wrong answer is the one all liars give for the unit. @default 1 */
  readonly together?: number
  /** Probability that an honest answer is wrong all the same. @default 0 */
  readonly glitches?: number
  /** How many liars together say that they have an engine which nobody else has; without it all devices have the same. */
  readonly claims?: number
  /** Mean leases after which a device, honest or not, leaves; the next one takes its place. */
  readonly lifetime?: number
  /** Probability that who takes the place is a new identity. @default 0 */
  readonly renewed?: number
  /** Whether a liar throws its identity away now and comes back as a newcomer. */
  readonly resigns?: (view: View) => boolean
}

const DIRECTORY = new URL('../behaviours/', import.meta.url)

/** Whether an identity lasts as long as its device, so that the units per device are those per identity, and whether the honest are right. */
export const isOfTable = ({ family }: Behaviour): boolean => !APART.includes(family)
const APART = ['churn, new identities', 'Sybils', 'glitches']

/** Every behaviour of the directory, in the order of file names. */
export async function behaviours(): Promise<Behaviour[]> {
  const files = readdirSync(DIRECTORY)
    .filter((name) => name.endsWith('.ts'))
    .sort()
  const modules = await Promise.all(files.map((name) => import(new URL(name, DIRECTORY).href) as Promise<{ default: Behaviour[] }>))
  return modules.flatMap((module) => module.default)
}
