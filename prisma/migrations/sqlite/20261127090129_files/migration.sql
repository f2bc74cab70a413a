-- AlterTable
ALTER TABLE "Job" ADD COLUMN "files" TEXT;

-- CreateTable
CREATE TABLE "File" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "sha256" BLOB,
    "size" INTEGER NOT NULL,
    "received" INTEGER NOT NULL DEFAULT 0,
    "isComplete" INTEGER NOT NULL DEFAULT 0,
    "usedAt" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "FilePiece" (
    "fileId" INTEGER NOT NULL,
    "n" INTEGER NOT NULL,
    "bytes" BLOB NOT NULL,

    PRIMARY KEY ("fileId", "n")
);

-- CreateTable
CREATE TABLE "JobFile" (
    "jobId" INTEGER NOT NULL,
    "sha256" BLOB NOT NULL,

    PRIMARY KEY ("jobId", "sha256")
);

-- CreateIndex
CREATE UNIQUE INDEX "File_sha256_key" ON "File"("sha256");

-- CreateIndex
CREATE INDEX "File_usedAt_idx" ON "File"("usedAt");

-- CreateIndex
CREATE INDEX "JobFile_sha256_idx" ON "JobFile"("sha256");

