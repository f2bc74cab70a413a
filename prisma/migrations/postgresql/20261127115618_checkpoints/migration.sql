-- CreateTable
CREATE TABLE "Checkpoint" (
    "unitId" BIGINT NOT NULL,
    "holder" TEXT NOT NULL,
    "deviceId" INTEGER NOT NULL,
    "engine" TEXT NOT NULL,
    "bytes" BYTEA NOT NULL,
    "keptAt" BIGINT NOT NULL,

    CONSTRAINT "Checkpoint_pkey" PRIMARY KEY ("unitId","holder")
);

-- CreateIndex
CREATE INDEX "Checkpoint_deviceId_idx" ON "Checkpoint"("deviceId");

