-- AlterTable
ALTER TABLE "Device" ADD COLUMN     "appeal" TEXT,
ADD COLUMN     "speed" DOUBLE PRECISION NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "Job" ADD COLUMN     "audits" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "closingSince" BIGINT,
ADD COLUMN     "creditPerInput" DOUBLE PRECISION,
ADD COLUMN     "engineClass" TEXT,
ADD COLUMN     "engineSensitive" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "isolation" TEXT NOT NULL DEFAULT 'unit',
ADD COLUMN     "nativeMath" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "sameEngine" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "targetError" DOUBLE PRECISION,
ADD COLUMN     "unitsAlone" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "unitsToRecheck" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "wasted" BIGINT NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "Lease" ADD COLUMN     "checked" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "checks" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "epoch" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "isolated" INTEGER NOT NULL DEFAULT 1,
ADD COLUMN     "kind" TEXT NOT NULL DEFAULT 'copy',
ADD COLUMN     "network" TEXT,
ADD COLUMN     "trustId" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "verified" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "votes" INTEGER NOT NULL DEFAULT 1;

-- CreateTable
CREATE TABLE "Trust" (
    "id" SERIAL NOT NULL,
    "deviceId" INTEGER NOT NULL,
    "engineClass" TEXT NOT NULL,
    "checks" INTEGER NOT NULL DEFAULT 0,
    "strikes" INTEGER NOT NULL DEFAULT 0,
    "checked" INTEGER NOT NULL DEFAULT 0,
    "returned" INTEGER NOT NULL DEFAULT 0,
    "epoch" INTEGER NOT NULL DEFAULT 0,
    "suspect" INTEGER NOT NULL DEFAULT 0,
    "auditsPassed" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "Trust_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Strike" (
    "id" SERIAL NOT NULL,
    "trustId" INTEGER NOT NULL,
    "deviceId" INTEGER NOT NULL,
    "jobId" INTEGER NOT NULL,
    "unitId" BIGINT NOT NULL,
    "leaseRow" BIGINT NOT NULL,
    "epoch" INTEGER NOT NULL,
    "checksBefore" INTEGER NOT NULL,
    "suspectBefore" INTEGER NOT NULL,
    "output" BYTEA NOT NULL,
    "accepted" BYTEA NOT NULL,
    "createdAt" BIGINT NOT NULL,
    "reverted" INTEGER NOT NULL DEFAULT 0,
    "undoneRow" BIGINT,
    "alone" INTEGER NOT NULL DEFAULT 0,
    "differing" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "Strike_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "SingleWord" (
    "unitId" BIGINT NOT NULL,
    "jobId" INTEGER NOT NULL,
    "trustId" INTEGER NOT NULL,
    "sealAt" INTEGER NOT NULL,
    "sampled" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "SingleWord_pkey" PRIMARY KEY ("unitId")
);

-- CreateTable
CREATE TABLE "Recheck" (
    "unitId" BIGINT NOT NULL,
    "jobId" INTEGER NOT NULL,
    "trustId" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "strikeId" INTEGER,
    "dueAt" BIGINT NOT NULL,

    CONSTRAINT "Recheck_pkey" PRIMARY KEY ("unitId"),
    CONSTRAINT "recheck_kind_known" CHECK ("kind" IN ('sample', 'again'))
);

-- CreateTable
CREATE TABLE "Review" (
    "unitId" BIGINT NOT NULL,

    CONSTRAINT "Review_pkey" PRIMARY KEY ("unitId")
);

-- CHECK constraints, which Prisma has no notation for.
ALTER TABLE "Job" ADD CONSTRAINT "job_isolation_known" CHECK ("isolation" IN ('unit', 'job'));
ALTER TABLE "Lease" ADD CONSTRAINT "lease_kind_known" CHECK ("kind" IN ('copy', 'audit', 'sample', 'again'));

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
