-- CreateTable
CREATE TABLE "ForgottenJob" (
    "jobId" INTEGER NOT NULL,
    "events" BIGINT NOT NULL,
    "unitKey" TEXT NOT NULL,

    CONSTRAINT "ForgottenJob_pkey" PRIMARY KEY ("jobId")
);

-- CreateIndex
CREATE INDEX "Job_finishedAt_idx" ON "Job"("finishedAt");

-- CreateIndex
CREATE INDEX "PastLease_row_idx" ON "PastLease"("row");
