-- AlterTable
-- Columns are added and no table is rebuilt: that would lose its CHECK constraints and partial indexes.
ALTER TABLE "Device" ADD COLUMN "expired" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "Lease" ADD COLUMN "sameNetwork" INTEGER NOT NULL DEFAULT 0;

-- CreateIndex
CREATE INDEX "Lease_oldest" ON "Lease"("jobId", "issuedAt") WHERE "state" = 'issued';
