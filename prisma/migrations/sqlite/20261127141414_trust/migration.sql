-- CreateTable
CREATE TABLE "Trust" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "deviceId" INTEGER NOT NULL,
    "engineClass" TEXT NOT NULL,
    "checks" INTEGER NOT NULL DEFAULT 0,
    "strikes" INTEGER NOT NULL DEFAULT 0,
    "checked" INTEGER NOT NULL DEFAULT 0,
    "returned" INTEGER NOT NULL DEFAULT 0,
    "epoch" INTEGER NOT NULL DEFAULT 0,
    "suspect" INTEGER NOT NULL DEFAULT 0,
    "auditsPassed" INTEGER NOT NULL DEFAULT 0
);

-- CreateTable
CREATE TABLE "Strike" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "trustId" INTEGER NOT NULL,
    "deviceId" INTEGER NOT NULL,
    "jobId" INTEGER NOT NULL,
    "unitId" INTEGER NOT NULL,
    "leaseRow" INTEGER NOT NULL,
    "epoch" INTEGER NOT NULL,
    "checksBefore" INTEGER NOT NULL,
    "suspectBefore" INTEGER NOT NULL,
    "output" BLOB NOT NULL,
    "accepted" BLOB NOT NULL,
    "createdAt" BIGINT NOT NULL,
    "reverted" INTEGER NOT NULL DEFAULT 0,
    "undoneRow" INTEGER,
    "alone" INTEGER NOT NULL DEFAULT 0,
    "differing" INTEGER NOT NULL DEFAULT 0
);

-- CreateTable
CREATE TABLE "SingleWord" (
    "unitId" INTEGER NOT NULL PRIMARY KEY,
    "jobId" INTEGER NOT NULL,
    "trustId" INTEGER NOT NULL,
    "sealAt" INTEGER NOT NULL,
    "sampled" INTEGER NOT NULL DEFAULT 0
);

-- CreateTable
CREATE TABLE "Recheck" (
    "unitId" INTEGER NOT NULL PRIMARY KEY,
    "jobId" INTEGER NOT NULL,
    "trustId" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "strikeId" INTEGER,
    "dueAt" BIGINT NOT NULL,
    CONSTRAINT "recheck_kind_known" CHECK ("kind" IN ('sample', 'again'))
);

-- CreateTable
CREATE TABLE "Review" (
    "unitId" INTEGER NOT NULL PRIMARY KEY
);

-- AlterTable
-- Columns are added and no table is rebuilt: that would lose its CHECK constraints and partial indexes.
ALTER TABLE "Device" ADD COLUMN "speed" REAL NOT NULL DEFAULT 0;
ALTER TABLE "Device" ADD COLUMN "appeal" TEXT;
ALTER TABLE "Job" ADD COLUMN "targetError" REAL;
ALTER TABLE "Job" ADD COLUMN "sameEngine" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "Job" ADD COLUMN "engineClass" TEXT;
ALTER TABLE "Job" ADD COLUMN "engineSensitive" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "Job" ADD COLUMN "nativeMath" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "Job" ADD COLUMN "isolation" TEXT NOT NULL DEFAULT 'unit' CONSTRAINT "job_isolation_known" CHECK ("isolation" IN ('unit', 'job'));
ALTER TABLE "Job" ADD COLUMN "creditPerInput" REAL;
ALTER TABLE "Job" ADD COLUMN "closingSince" BIGINT;
ALTER TABLE "Job" ADD COLUMN "unitsAlone" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "Job" ADD COLUMN "unitsToRecheck" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "Job" ADD COLUMN "audits" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "Job" ADD COLUMN "wasted" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "Lease" ADD COLUMN "trustId" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "Lease" ADD COLUMN "epoch" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "Lease" ADD COLUMN "checks" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "Lease" ADD COLUMN "kind" TEXT NOT NULL DEFAULT 'copy' CONSTRAINT "lease_kind_known" CHECK ("kind" IN ('copy', 'audit', 'sample', 'again'));
ALTER TABLE "Lease" ADD COLUMN "checked" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "Lease" ADD COLUMN "votes" INTEGER NOT NULL DEFAULT 1;
ALTER TABLE "Lease" ADD COLUMN "verified" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "Lease" ADD COLUMN "isolated" INTEGER NOT NULL DEFAULT 1;
ALTER TABLE "Lease" ADD COLUMN "network" TEXT;

-- CreateIndex
CREATE INDEX "Lease_trustId_row_idx" ON "Lease"("trustId", "row");


-- CreateIndex
CREATE UNIQUE INDEX "Trust_deviceId_engineClass_key" ON "Trust"("deviceId", "engineClass");

-- CreateIndex
CREATE INDEX "Strike_trustId_idx" ON "Strike"("trustId");

-- CreateIndex
CREATE INDEX "Strike_unitId_idx" ON "Strike"("unitId");

-- CreateIndex
CREATE INDEX "Strike_deviceId_id_idx" ON "Strike"("deviceId", "id");

-- CreateIndex
CREATE INDEX "Strike_jobId_id_idx" ON "Strike"("jobId", "id");

-- CreateIndex
CREATE INDEX "SingleWord_trustId_sealAt_idx" ON "SingleWord"("trustId", "sealAt");

-- CreateIndex
CREATE INDEX "SingleWord_jobId_trustId_idx" ON "SingleWord"("jobId", "trustId");

-- CreateIndex
CREATE INDEX "Recheck_jobId_dueAt_idx" ON "Recheck"("jobId", "dueAt");

-- CreateIndex
CREATE INDEX "Recheck_jobId_trustId_idx" ON "Recheck"("jobId", "trustId");

-- Partial indexes: strikes that are not undone yet, and jobs that are closing.
CREATE INDEX "Strike_open" ON "Strike"("id") WHERE "undoneRow" IS NOT NULL;
CREATE INDEX "Job_closing" ON "Job"("id") WHERE "closingSince" IS NOT NULL;
