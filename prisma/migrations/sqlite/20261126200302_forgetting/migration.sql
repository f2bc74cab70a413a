-- CreateTable
CREATE TABLE "ForgottenJob" (
    "jobId" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "events" INTEGER NOT NULL,
    "unitKey" TEXT NOT NULL
);

-- CreateIndex
CREATE INDEX "Job_finishedAt_idx" ON "Job"("finishedAt");

-- CreateIndex
CREATE INDEX "PastLease_row_idx" ON "PastLease"("row");
