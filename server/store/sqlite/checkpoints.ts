/** Checkpoints of open units. */

import { ownOf } from './own-of.ts'

export const keepCheckpoint = `
  INSERT INTO Checkpoint (unitId, holder, deviceId, engine, bytes, keptAt)
  SELECT l.unitId, l.holder, l.deviceId, ?, unhex(?), ? FROM Lease l CROSS JOIN WorkUnit u ON u.id = l.unitId
  WHERE l.id = unhex(?) AND l.deviceId = ? AND l.state = 'issued' AND u.state = 'open' AND ? > (
    SELECT count(*) FROM Checkpoint c WHERE c.deviceId = l.deviceId AND (c.unitId <> l.unitId OR c.holder <> l.holder))
  ON CONFLICT (unitId, holder) DO UPDATE SET deviceId = excluded.deviceId, engine = excluded.engine, bytes = excluded.bytes,
    keptAt = excluded.keptAt`

export const checkpointsOf = `
  SELECT json_group_array(json_array(r.value, l.holder, c.holder, c.deviceId, c.engine,
    ${ownOf('c')}, c.keptAt)) AS j
  FROM json_each(?) r CROSS JOIN Lease l ON l.id = unhex(r.value) CROSS JOIN Checkpoint c ON c.unitId = l.unitId
    CROSS JOIN Device d ON d.id = c.deviceId
  WHERE l.state = 'issued'`

export const checkpointBytes = `
  SELECT json_group_array(lower(hex(c.bytes))) AS j FROM Lease l CROSS JOIN Checkpoint c ON c.unitId = l.unitId
  WHERE l.id = unhex(?) AND l.deviceId = ? AND l.state = 'issued' AND c.holder = ?`

export const spentCheckpoints = `
  SELECT json_array(count(*), max(unitId), json_group_array(json_array(unitId, holder)) FILTER (WHERE state IS NULL OR state <> 'open')) AS j
  FROM (SELECT c.unitId, c.holder, u.state FROM Checkpoint c LEFT JOIN WorkUnit u ON u.id = c.unitId
        WHERE c.unitId >= ? ORDER BY c.unitId, c.holder LIMIT ?)`

export const deleteCheckpoints = `
  DELETE FROM Checkpoint WHERE (unitId, holder) IN (SELECT value->>0, value->>1 FROM json_each(?))`
