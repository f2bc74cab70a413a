-- AlterTable
ALTER TABLE "Job" ADD COLUMN "absTol" REAL;
ALTER TABLE "Job" ADD COLUMN "relTol" REAL;
ALTER TABLE "Job" ADD COLUMN "verify" BLOB;

-- CreateIndex
CREATE INDEX "Job_verify_idx" ON "Job"("verify");


-- Partial index: what a job's `verify` has not judged yet, by when it may be taken up.
CREATE INDEX "Lease_checking" ON "Lease"("jobId", "deadline") WHERE "state" = 'checking';
