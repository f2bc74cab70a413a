-- Who may read the results of a job, how pages draw it, why a device is banned, and the order of the leaderboard. Only columns and
-- indexes are added, so that SQLite rebuilds no table. The CHECK constraints and the partial index are written by hand.

ALTER TABLE "Job" ADD COLUMN "visibility" TEXT NOT NULL DEFAULT 'owner' CONSTRAINT "job_visibility_known" CHECK ("visibility" IN ('public', 'unlisted', 'owner'));
ALTER TABLE "Job" ADD COLUMN "builtin" TEXT;
ALTER TABLE "Device" ADD COLUMN "banReason" TEXT CONSTRAINT "device_ban_reason_only_of_banned" CHECK ("banReason" IS NULL OR "state" = 'banned');

-- CreateIndex
CREATE INDEX "Job_visibility_id_idx" ON "Job"("visibility", "id");

-- The leaderboard: a banned device is not in it, nor one without an accepted result.
CREATE INDEX "Device_agreed" ON "Device"("agreed", "id") WHERE "agreed" > 0 AND "state" <> 'banned';
