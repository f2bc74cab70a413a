-- CreateTable
CREATE TABLE "Trace" (
    "leaseRow" BIGINT NOT NULL,
    "console" BYTEA,
    "stack" BYTEA,

    CONSTRAINT "Trace_pkey" PRIMARY KEY ("leaseRow")
);

