import type { Job } from './generated/sqlite/client.ts'
import type { Database } from './open.ts'
import { hexOf } from './payload-ref.ts'
import type { JobRecord, OpenJob } from './store.ts'

/** The columns of a job that never change, and whose it is. */
export async function jobRecordOf(row: Job, db: Pick<Database, 'account'>): Promise<JobRecord> {
  const owner = await db.account.findUnique({ where: { id: row.ownerId }, select: { role: true } })
  return {
    id: row.id,
    job: row.uid,
    ownerId: row.ownerId,
    isOperators: owner?.role === 'admin',
    name: row.name,
    purpose: row.purpose,
    kind: row.kind as JobRecord['kind'],
    bundle: hexOf(row.bundle),
    quorum: row.quorum,
    ...(row.targetError === null ? {} : { targetError: row.targetError }),
    ownDevices: row.ownDevices === 1,
    onError: row.onError as JobRecord['onError'],
    priority: row.priority,
    requirement: row.requirement,
    timeoutSeconds: row.timeoutSeconds,
    memoryMegabytes: row.memoryMegabytes,
    visibility: row.visibility as JobRecord['visibility'],
    ...(row.builtin === null ? {} : { builtin: row.builtin as NonNullable<JobRecord['builtin']> }),
    ...(row.files === null ? {} : { files: JSON.parse(row.files) as NonNullable<JobRecord['files']> }),
    ...(row.cost === null ? {} : { cost: row.cost }),
    ...(row.verify === null ? {} : { verify: hexOf(row.verify) }),
    ...(row.relTol === null || row.absTol === null ? {} : { compare: { relTol: row.relTol, absTol: row.absTol } }),
    ...(row.sameEngine === 1 && { sameEngine: true }),
    ...(row.nativeMath === 1 && { nativeMath: true }),
    seed: row.seed,
    createdAt: Number(row.createdAt),
  }
}

export function openJobOf(row: Job): OpenJob {
  return {
    id: row.id,
    job: row.uid,
    ownerId: row.ownerId,
    priority: row.priority,
    requirement: row.requirement,
    state: row.state as OpenJob['state'],
    unitsOpen: row.unitsOpen,
    unitsHalf: row.unitsHalf,
    unitsToRecheck: row.unitsToRecheck,
    events: Number(row.eventCount),
    unitSeconds: row.unitSeconds,
    timeoutSeconds: row.timeoutSeconds,
    sameEngine: row.sameEngine === 1,
    engineClass: row.engineClass,
    isTried: row.pilot !== null,
    isolation: row.isolation as OpenJob['isolation'],
  }
}
