/** What a batch adds up to: devices, jobs, events; and payloads. */

export const insertPayloads = `
  INSERT OR IGNORE INTO Payload (sha256, size, bytes, createdAt)
  SELECT unhex(value->>0), value->>1, unhex(value->>2), value->>3 FROM json_each(?)`

export const payloads = `
  SELECT json_group_array(json_array(r.value, lower(hex(p.bytes)))) AS j FROM json_each(?) r CROSS JOIN Payload p ON p.sha256 = unhex(r.value)`

export const updateDevices = `
  UPDATE Device SET returned = Device.returned + r.returned, agreed = Device.agreed + r.agreed,
    disagreed = Device.disagreed + r.disagreed, errored = Device.errored + r.errored, expired = Device.expired + r.expired,
    speed = coalesce(r.speed, Device.speed)
  FROM (SELECT value->>0 AS id, value->>1 AS returned, value->>2 AS agreed, value->>3 AS disagreed, value->>4 AS errored,
          value->>5 AS expired, value->>6 AS speed
        FROM json_each(?)) r
  WHERE Device.id = r.id`

const allDecided = `max(inputsComplete, r.complete) = 1 AND unitsOpen + r.open = 0`
/** Nothing is open, and nothing stands on a single word that is still being sampled. */
const toClose = `unitsAlone + r.alone + unitsToRecheck + r.recheck`
/** What a strike undoes may be open again: no job is over before. */
const undoing = `EXISTS (SELECT 1 FROM Strike WHERE undoneRow IS NOT NULL)`
/** A job that contradicts itself waits for its researcher. */
const mayFinish = `(Job.state = 'running' OR (Job.state = 'paused' AND coalesce(Job.reason, '') NOT LIKE 'non-deterministic:%'
  AND coalesce(Job.reason, '') NOT LIKE 'verify-contradicted:%'))`
const finishes = `${mayFinish} AND ${allDecided} AND ${toClose} = 0 AND NOT ${undoing}`

export const updateJobs = `
  UPDATE Job SET unitsOpen = unitsOpen + r.open, unitsAccepted = unitsAccepted + r.accepted, unitsSealed = unitsSealed + r.sealed,
    unitsFailed = unitsFailed + r.failed, unitsCancelled = unitsCancelled + r.cancelled, unitsHalf = unitsHalf + r.half,
    unitsDisputed = unitsDisputed + r.disputed, inputs = Job.inputs + r.inputs, failedInputs = Job.failedInputs + r.failedInputs,
    unitsAlone = unitsAlone + r.alone, unitsToRecheck = unitsToRecheck + r.recheck, audits = Job.audits + r.audits, wasted = Job.wasted + r.wasted,
    closingSince = CASE WHEN ${allDecided} AND (${toClose} > 0 OR (Job.state IN ('running', 'paused') AND ${undoing})) THEN coalesce(closingSince, r.now) END,
    leases = Job.leases + r.leases, measuredUnits = min(measuredUnits + r.measured, 64),
    unitSeconds = CASE WHEN r.measured = 0 THEN unitSeconds
      ELSE unitSeconds + (r.seconds - unitSeconds) * r.measured / (min(measuredUnits, 64) + r.measured) END,
    eventCount = eventCount + r.events, inputsComplete = max(inputsComplete, r.complete),
    state = CASE WHEN r.state IS NOT NULL THEN r.state
      WHEN ${finishes} THEN 'finished'
      WHEN Job.state = 'finished' AND r.open > 0 THEN 'running' ELSE Job.state END,
    reason = CASE WHEN r.state IS NOT NULL THEN r.reason ELSE Job.reason END,
    finishedAt = CASE WHEN r.state IN ('finished', 'failed', 'cancelled', 'rejected') OR (${finishes}) THEN r.now
      WHEN r.open > 0 THEN NULL ELSE finishedAt END
  FROM (SELECT value->>0 AS id, value->>1 AS open, value->>2 AS accepted, value->>3 AS sealed, value->>4 AS failed, value->>5 AS cancelled,
          value->>6 AS half, value->>7 AS disputed, value->>8 AS inputs, value->>9 AS failedInputs, value->>10 AS leases,
          value->>11 AS measured, value->>12 AS seconds, value->>13 AS events, value->>14 AS complete, value->>15 AS state,
          value->>16 AS reason, value->>17 AS now, value->>18 AS alone, value->>19 AS recheck, value->>20 AS audits, value->>21 AS wasted FROM json_each(?)) r
  WHERE Job.id = r.id
  RETURNING id, uid, ownerId, priority, requirement, state, unitsOpen, unitsHalf, unitsDisputed, unitSeconds, timeoutSeconds, eventCount,
    unitsAlone, unitsToRecheck, closingSince IS NOT NULL AS closing, sameEngine, engineClass,
    pilot, isolation`

export const insertEvents = `
  INSERT INTO Event (createdAt, jobId, n, kind, unitId, unitKey, leaseRow, output, error, confidence, holders, seconds)
  SELECT ?, value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, unhex(value->>6), value->>7, value->>8, value->>9, value->>10
  FROM json_each(?)`
