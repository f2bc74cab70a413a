-- AlterTable
ALTER TABLE "Job" ADD COLUMN     "absTol" DOUBLE PRECISION,
ADD COLUMN     "relTol" DOUBLE PRECISION,
ADD COLUMN     "verify" BYTEA;

-- CreateIndex
CREATE INDEX "Job_verify_idx" ON "Job"("verify");


-- Partial index: what a job's `verify` has not judged yet, by when it may be taken up.
CREATE INDEX "Lease_checking" ON "Lease"("jobId", "deadline") WHERE "state" = 'checking';
