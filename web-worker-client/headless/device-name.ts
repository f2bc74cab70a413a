import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Workers of one home; more would rather use threads. */
const MOST_NUMBER = 1000

/** A device's name in its home, taken for as long as this process lives. */
export interface ClaimedName {
  readonly name: string
  release(): Promise<void>
}

/**
 * Takes `wanted`, or `wanted-2`, `wanted-3` … where another living process of this home has it: two processes with one identity would take
 * each other's leases. Who has it stands in `<home>/device-<name>.pid`; what a killed process left there counts for nothing.
 * @throws Error when all numbers are taken
 */
export async function claimName(home: string, wanted: string): Promise<ClaimedName> {
  await mkdir(home, { recursive: true, mode: 0o700 })
  for (let number = 1; number <= MOST_NUMBER; number++) {
    const name = number === 1 ? wanted : `${wanted}-${number}`
    const file = join(home, `device-${name}.pid`)
    if (!(await sign(file)) && !((await isAbandoned(file)) && (await sign(file)))) continue
    return { name, release: () => rm(file, { force: true }) }
  }
  throw new Error(`Expected a free device name ${wanted}-1 to ${wanted}-${MOST_NUMBER} in ${home}, all are taken: give another --name.`)
}

/** Written beside and linked, so that nobody ever reads half a number. False when the file is there. */
async function sign(file: string): Promise<boolean> {
  const beside = `${file}.${process.pid}`
  await writeFile(beside, `${process.pid}\n`, { mode: 0o600 })
  try {
    await link(beside, file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    await rm(beside, { force: true })
  }
}

/** Whether the process that signed is gone; then the file is gone too. */
async function isAbandoned(file: string): Promise<boolean> {
  const pid = Number(await readFile(file, 'utf8').catch(() => ''))
  if (pid > 0 && pid !== process.pid && isAlive(pid)) return false
  await rm(file, { force: true })
  return true
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
