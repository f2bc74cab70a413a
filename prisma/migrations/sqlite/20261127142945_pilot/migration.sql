-- AlterTable
ALTER TABLE "Job" ADD COLUMN "pilot" TEXT CONSTRAINT "job_pilot_known" CHECK ("pilot" IN ('passed', 'differs', 'failed', 'unmeasured'));
ALTER TABLE "Job" ADD COLUMN "pilotNote" TEXT;
ALTER TABLE "Job" ADD COLUMN "pilotUntil" BIGINT NOT NULL DEFAULT 0;

-- CreateTable
CREATE TABLE "Pilot" (
    "key" BLOB NOT NULL PRIMARY KEY,
    "isolation" TEXT NOT NULL,
    "createdAt" BIGINT NOT NULL,
    CONSTRAINT "pilot_isolation_known" CHECK ("isolation" IN ('unit', 'job'))
);
