/** `dsage kill`: cancels jobs of one's own. */
import { jsonLine } from './json-line.ts'
import { type ServerWish, withServer } from './own-connection.ts'

export interface KillCommand extends ServerWish {
  readonly ids: readonly string[]
  readonly all: boolean
  readonly json: boolean
}

const MISUNDERSTOOD = 2

/** Exit code 0; 2 unless either ids or `all` are given. @throws what the SDK throws, at the first job that cannot be cancelled */
export async function kill({ ids, all, json, ...wish }: KillCommand): Promise<number> {
  if (all === ids.length > 0) {
    process.stderr.write('error: Expected the ids of jobs, or --all for all of yours that are not over; dsage jobs lists them.\n')
    return MISUNDERSTOOD
  }
  return withServer(wish, async (d) => {
    for (const id of ids) await d.kill(id)
    const cancelled = all ? await d.killAll() : ids.length
    process.stdout.write(json ? jsonLine({ cancelled }) : `${cancelled} ${cancelled === 1 ? 'job' : 'jobs'} cancelled\n`)
    return 0
  })
}
