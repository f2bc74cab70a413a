/** Checkpoints of open units. */

import { ownOf } from './own-of.ts'

export const keepCheckpoint = `
  INSERT INTO "Checkpoint" ("unitId", holder, "deviceId", engine, bytes, "keptAt")
  SELECT l."unitId", l.holder, l."deviceId", $1::text, decode($2::text, 'hex'), $3::bigint
  FROM "Lease" l JOIN "WorkUnit" u ON u.id = l."unitId"
  WHERE l.id = decode($4::text, 'hex') AND l."deviceId" = $5::int AND l.state = 'issued' AND u.state = 'open' AND $6::int > (
    SELECT count(*) FROM "Checkpoint" c WHERE c."deviceId" = l."deviceId" AND (c."unitId" <> l."unitId" OR c.holder <> l.holder))
  ON CONFLICT ("unitId", holder) DO UPDATE SET "deviceId" = excluded."deviceId", engine = excluded.engine, bytes = excluded.bytes,
    "keptAt" = excluded."keptAt"`

export const checkpointsOf = `
  SELECT coalesce(json_agg(json_build_array(r, l.holder, c.holder, c."deviceId", c.engine,
    ${ownOf('c')}, c."keptAt")), '[]')::text AS j
  FROM jsonb_array_elements_text($1::jsonb) r JOIN "Lease" l ON l.id = decode(r, 'hex') JOIN "Checkpoint" c ON c."unitId" = l."unitId"
    JOIN "Device" d ON d.id = c."deviceId"
  WHERE l.state = 'issued'`

export const checkpointBytes = `
  SELECT coalesce(json_agg(encode(c.bytes, 'hex')), '[]')::text AS j FROM "Lease" l JOIN "Checkpoint" c ON c."unitId" = l."unitId"
  WHERE l.id = decode($1::text, 'hex') AND l."deviceId" = $2::int AND l.state = 'issued' AND c.holder = $3::text`

export const spentCheckpoints = `
  SELECT json_build_array(count(*), max("unitId"),
    coalesce(json_agg(json_build_array("unitId", holder)) FILTER (WHERE state IS NULL OR state <> 'open'), '[]'))::text AS j
  FROM (SELECT c."unitId", c.holder, u.state FROM "Checkpoint" c LEFT JOIN "WorkUnit" u ON u.id = c."unitId"
        WHERE c."unitId" >= $1::bigint ORDER BY c."unitId", c.holder LIMIT $2) k`

export const deleteCheckpoints = `
  DELETE FROM "Checkpoint" c USING jsonb_array_elements($1::jsonb) r WHERE c."unitId" = (r->>0)::bigint AND c.holder = r->>1`
