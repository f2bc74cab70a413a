-- CreateTable
CREATE TABLE "Checkpoint" (
    "unitId" INTEGER NOT NULL,
    "holder" TEXT NOT NULL,
    "deviceId" INTEGER NOT NULL,
    "engine" TEXT NOT NULL,
    "bytes" BLOB NOT NULL,
    "keptAt" BIGINT NOT NULL,

    PRIMARY KEY ("unitId", "holder")
);

-- CreateIndex
CREATE INDEX "Checkpoint_deviceId_idx" ON "Checkpoint"("deviceId");

