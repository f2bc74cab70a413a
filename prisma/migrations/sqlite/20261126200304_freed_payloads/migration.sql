-- CreateTable
CREATE TABLE "FreedPayload" (
    "jobId" INTEGER NOT NULL,
    "sha256" BLOB NOT NULL,

    PRIMARY KEY ("jobId", "sha256")
);

-- CreateIndex
CREATE INDEX "Job_bundle_idx" ON "Job"("bundle");

-- Partial indexes: which rows name a payload by its digest (see store/payload-ref.ts). What stands in its row is not in them, so small
-- values cost nothing.
CREATE INDEX "WorkUnit_input_digest" ON "WorkUnit"("input") WHERE "input" >= x'01';
CREATE INDEX "Lease_output_digest" ON "Lease"("output") WHERE "output" >= x'01';
CREATE INDEX "Event_output_digest" ON "Event"("output") WHERE "output" >= x'01';
