-- AlterTable
ALTER TABLE "Job" ADD COLUMN     "pilot" TEXT,
ADD COLUMN     "pilotNote" TEXT,
ADD COLUMN     "pilotUntil" BIGINT NOT NULL DEFAULT 0;

-- CHECK constraints, which Prisma has no notation for.
ALTER TABLE "Job" ADD CONSTRAINT "job_pilot_known" CHECK ("pilot" IN ('passed', 'differs', 'failed', 'unmeasured'));

-- CreateTable
CREATE TABLE "Pilot" (
    "key" BYTEA NOT NULL,
    "isolation" TEXT NOT NULL,
    "createdAt" BIGINT NOT NULL,

    CONSTRAINT "Pilot_pkey" PRIMARY KEY ("key"),
    CONSTRAINT "pilot_isolation_known" CHECK ("isolation" IN ('unit', 'job'))
);
