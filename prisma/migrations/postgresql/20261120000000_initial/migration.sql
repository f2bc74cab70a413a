-- Made by `prisma migrate diff`, completed by hand with the CHECK constraints (named for the rule they hold) and the partial
-- indexes, which Prisma has no notation for.

-- CreateTable
CREATE TABLE "Account" (
    "id" SERIAL NOT NULL,
    "name" TEXT NOT NULL,
    "role" TEXT NOT NULL DEFAULT 'researcher',
    "createdAt" BIGINT NOT NULL,

    CONSTRAINT "Account_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "account_role_known" CHECK ("role" IN ('volunteer', 'researcher', 'admin'))
);

-- CreateTable
CREATE TABLE "Device" (
    "id" SERIAL NOT NULL,
    "uid" TEXT NOT NULL,
    "secretHash" BYTEA NOT NULL,
    "accountId" INTEGER,
    "own" INTEGER NOT NULL DEFAULT 0,
    "kind" TEXT NOT NULL,
    "engine" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'new',
    "passedChecks" INTEGER NOT NULL DEFAULT 0,
    "trustEpoch" INTEGER NOT NULL DEFAULT 0,
    "strikes" INTEGER NOT NULL DEFAULT 0,
    "returned" INTEGER NOT NULL DEFAULT 0,
    "agreed" INTEGER NOT NULL DEFAULT 0,
    "disagreed" INTEGER NOT NULL DEFAULT 0,
    "errored" INTEGER NOT NULL DEFAULT 0,
    "createdAt" BIGINT NOT NULL,
    "seenAt" BIGINT NOT NULL,

    CONSTRAINT "Device_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "device_state_known" CHECK ("state" IN ('new', 'probation', 'trusted', 'suspect', 'banned')),
    CONSTRAINT "device_kind_known" CHECK ("kind" IN ('browser', 'headless'))
);

-- CreateTable
CREATE TABLE "Payload" (
    "sha256" BYTEA NOT NULL,
    "size" INTEGER NOT NULL,
    "bytes" BYTEA NOT NULL,
    "createdAt" BIGINT NOT NULL,

    CONSTRAINT "Payload_pkey" PRIMARY KEY ("sha256"),
    CONSTRAINT "payload_size_is_length" CHECK (length("bytes") = "size")
);

-- CreateTable
CREATE TABLE "Job" (
    "id" SERIAL NOT NULL,
    "uid" TEXT NOT NULL,
    "ownerId" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "purpose" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "reason" TEXT,
    "bundle" BYTEA NOT NULL,
    "seed" BYTEA NOT NULL,
    "quorum" INTEGER NOT NULL,
    "ownDevices" INTEGER NOT NULL,
    "onError" TEXT NOT NULL,
    "priority" INTEGER NOT NULL,
    "requirement" INTEGER NOT NULL DEFAULT 0,
    "timeoutSeconds" INTEGER NOT NULL,
    "memoryMegabytes" INTEGER NOT NULL,
    "inputsComplete" INTEGER NOT NULL DEFAULT 0,
    "eventCount" INTEGER NOT NULL DEFAULT 0,
    "unitsOpen" INTEGER NOT NULL DEFAULT 0,
    "unitsAccepted" INTEGER NOT NULL DEFAULT 0,
    "unitsSealed" INTEGER NOT NULL DEFAULT 0,
    "unitsFailed" INTEGER NOT NULL DEFAULT 0,
    "unitsCancelled" INTEGER NOT NULL DEFAULT 0,
    "unitsHalf" INTEGER NOT NULL DEFAULT 0,
    "unitsDisputed" INTEGER NOT NULL DEFAULT 0,
    "inputs" INTEGER NOT NULL DEFAULT 0,
    "failedInputs" INTEGER NOT NULL DEFAULT 0,
    "leases" INTEGER NOT NULL DEFAULT 0,
    "measuredUnits" INTEGER NOT NULL DEFAULT 0,
    "unitSeconds" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "createdAt" BIGINT NOT NULL,
    "finishedAt" BIGINT,

    CONSTRAINT "Job_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "job_state_known" CHECK ("state" IN ('awaiting-approval', 'running', 'paused', 'finished', 'failed', 'cancelled', 'rejected')),
    CONSTRAINT "job_kind_known" CHECK ("kind" IN ('map', 'eval', 'function')),
    CONSTRAINT "job_on_error_known" CHECK ("onError" IN ('continue', 'stop')),
    CONSTRAINT "job_priority_0_to_5" CHECK ("priority" BETWEEN 0 AND 5),
    CONSTRAINT "job_quorum_at_least_1" CHECK ("quorum" >= 1),
    CONSTRAINT "job_counts_not_negative" CHECK ("unitsOpen" >= 0 AND "unitsAccepted" >= 0 AND "unitsSealed" >= 0 AND "unitsFailed" >= 0 AND "unitsCancelled" >= 0 AND "unitsHalf" >= 0)
);

-- CreateTable
CREATE TABLE "WorkUnit" (
    "id" SERIAL NOT NULL,
    "jobId" INTEGER NOT NULL,
    "key" TEXT NOT NULL,
    "input" BYTEA NOT NULL,
    "inputs" INTEGER NOT NULL,
    "requirement" INTEGER NOT NULL DEFAULT 0,
    "state" TEXT NOT NULL DEFAULT 'open',
    "live" INTEGER NOT NULL DEFAULT 0,
    "wanted" INTEGER NOT NULL,
    "copies" INTEGER NOT NULL DEFAULT 0,
    "errored" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "WorkUnit_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "unit_state_known" CHECK ("state" IN ('open', 'accepted', 'sealed', 'failed', 'cancelled')),
    CONSTRAINT "unit_live_not_negative" CHECK ("live" >= 0),
    CONSTRAINT "unit_wanted_at_least_1" CHECK ("wanted" >= 1)
);

-- CreateTable
CREATE TABLE "Lease" (
    "row" SERIAL NOT NULL,
    "id" BYTEA NOT NULL,
    "unitId" INTEGER NOT NULL,
    "jobId" INTEGER NOT NULL,
    "holder" TEXT NOT NULL,
    "deviceId" INTEGER NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'issued',
    "attempt" INTEGER NOT NULL DEFAULT 1,
    "issuedAt" BIGINT NOT NULL,
    "deadline" BIGINT NOT NULL,
    "endedAt" BIGINT,
    "output" BYTEA,
    "errors" INTEGER NOT NULL DEFAULT 0,
    "note" TEXT,

    CONSTRAINT "Lease_pkey" PRIMARY KEY ("row"),
    CONSTRAINT "lease_state_known" CHECK ("state" IN ('issued', 'errored', 'expired', 'released', 'revoked', 'pending', 'agreed', 'disagreed', 'voided', 'checking')),
    CONSTRAINT "lease_attempt_at_least_1" CHECK ("attempt" >= 1)
);

-- CreateTable
CREATE TABLE "PastLease" (
    "id" BYTEA NOT NULL,
    "row" INTEGER NOT NULL,
    "deviceId" INTEGER NOT NULL,

    CONSTRAINT "PastLease_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Event" (
    "jobId" INTEGER NOT NULL,
    "n" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "unitId" INTEGER NOT NULL,
    "unitKey" TEXT NOT NULL,
    "leaseRow" INTEGER,
    "output" BYTEA,
    "error" TEXT,
    "confidence" DOUBLE PRECISION NOT NULL,
    "holders" INTEGER NOT NULL,
    "seconds" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "createdAt" BIGINT NOT NULL,

    CONSTRAINT "Event_pkey" PRIMARY KEY ("jobId","n"),
    CONSTRAINT "event_kind_known" CHECK ("kind" IN ('accepted', 'sealed', 'retracted', 'failed')),
    CONSTRAINT "event_n_at_least_1" CHECK ("n" >= 1)
);

-- CreateIndex
CREATE UNIQUE INDEX "Account_name_key" ON "Account"("name");

-- CreateIndex
CREATE UNIQUE INDEX "Device_uid_key" ON "Device"("uid");

-- CreateIndex
CREATE UNIQUE INDEX "Job_uid_key" ON "Job"("uid");

-- CreateIndex
CREATE INDEX "Job_state_id_idx" ON "Job"("state", "id");

-- CreateIndex
CREATE INDEX "Job_ownerId_id_idx" ON "Job"("ownerId", "id");

-- CreateIndex
CREATE UNIQUE INDEX "WorkUnit_jobId_key_key" ON "WorkUnit"("jobId", "key");

-- CreateIndex
CREATE UNIQUE INDEX "Lease_id_key" ON "Lease"("id");

-- CreateIndex
CREATE UNIQUE INDEX "Lease_unitId_holder_key" ON "Lease"("unitId", "holder");

-- Partial indexes: the two queues of a job and requirement class (open units that need another opinion, open units nobody holds),
-- leases by deadline for the sweep, and what a device holds.
CREATE INDEX "WorkUnit_half" ON "WorkUnit"("jobId", "requirement", "id") WHERE "state" = 'open' AND "live" > 0 AND "live" < "wanted";
CREATE INDEX "WorkUnit_fresh" ON "WorkUnit"("jobId", "requirement", "id") WHERE "state" = 'open' AND "live" = 0;
CREATE INDEX "Lease_due" ON "Lease"("deadline") WHERE "state" = 'issued';
CREATE INDEX "Lease_of_device" ON "Lease"("deviceId") WHERE "state" = 'issued';
