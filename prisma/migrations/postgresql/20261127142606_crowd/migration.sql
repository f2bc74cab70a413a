-- AlterTable
ALTER TABLE "Device" ADD COLUMN     "expired" INTEGER NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "Lease" ADD COLUMN     "sameNetwork" INTEGER NOT NULL DEFAULT 0;

-- CreateIndex
CREATE INDEX "Lease_oldest" ON "Lease"("jobId", "issuedAt") WHERE "state" = 'issued';
