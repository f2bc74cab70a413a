-- DropIndex
DROP INDEX "File_sha256_key";

-- AlterTable
ALTER TABLE "File" ADD COLUMN     "senderId" INTEGER NOT NULL DEFAULT 0;

-- What nobody is known to send goes. Its sender begins again.
UPDATE "File" SET "sha256" = NULL WHERE "isComplete" = 0;

-- CreateIndex
CREATE INDEX "File_senderId_idx" ON "File"("senderId");

-- CreateIndex
CREATE UNIQUE INDEX "File_sha256_senderId_key" ON "File"("sha256", "senderId");
