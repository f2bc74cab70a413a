-- AlterTable
ALTER TABLE "Job" ADD COLUMN     "files" TEXT;

-- CreateTable
CREATE TABLE "File" (
    "id" SERIAL NOT NULL,
    "sha256" BYTEA,
    "size" INTEGER NOT NULL,
    "received" INTEGER NOT NULL DEFAULT 0,
    "isComplete" INTEGER NOT NULL DEFAULT 0,
    "usedAt" BIGINT NOT NULL,

    CONSTRAINT "File_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "FilePiece" (
    "fileId" INTEGER NOT NULL,
    "n" INTEGER NOT NULL,
    "bytes" BYTEA NOT NULL,

    CONSTRAINT "FilePiece_pkey" PRIMARY KEY ("fileId","n")
);

-- CreateTable
CREATE TABLE "JobFile" (
    "jobId" INTEGER NOT NULL,
    "sha256" BYTEA NOT NULL,

    CONSTRAINT "JobFile_pkey" PRIMARY KEY ("jobId","sha256")
);

-- CreateIndex
CREATE UNIQUE INDEX "File_sha256_key" ON "File"("sha256");

-- CreateIndex
CREATE INDEX "File_usedAt_idx" ON "File"("usedAt");

-- CreateIndex
CREATE INDEX "JobFile_sha256_idx" ON "JobFile"("sha256");

