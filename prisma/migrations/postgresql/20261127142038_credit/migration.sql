-- AlterTable
ALTER TABLE "Account" ADD COLUMN     "teamId" INTEGER;

-- AlterTable
ALTER TABLE "Job" ADD COLUMN     "cost" DOUBLE PRECISION,
ADD COLUMN     "creditHold" INTEGER NOT NULL DEFAULT 0 CONSTRAINT "job_credit_hold_known" CHECK ("creditHold" IN (0, 1, 2));

-- CreateTable
CREATE TABLE "Team" (
    "id" SERIAL NOT NULL,
    "uid" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "founderId" INTEGER NOT NULL,
    "createdAt" BIGINT NOT NULL,

    CONSTRAINT "Team_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Credit" (
    "row" BIGSERIAL NOT NULL,
    "leaseRow" BIGINT NOT NULL,
    "n" INTEGER NOT NULL,
    "unitId" BIGINT NOT NULL,
    "jobId" INTEGER NOT NULL,
    "accountId" INTEGER,
    "deviceId" INTEGER NOT NULL,
    "teamId" INTEGER,
    "kind" TEXT NOT NULL,
    "microcredits" BIGINT NOT NULL,
    "grantedAt" BIGINT NOT NULL,
    "createdAt" BIGINT NOT NULL,

    CONSTRAINT "Credit_pkey" PRIMARY KEY ("row"),
    CONSTRAINT "credit_kind_known" CHECK ("kind" IN ('listed', 'own')),
    CONSTRAINT "credit_given_and_taken_in_turn" CHECK (("n" % 2 = 0 AND "microcredits" >= 0) OR ("n" % 2 = 1 AND "microcredits" <= 0))
);

-- CreateTable
CREATE TABLE "CreditTotal" (
    "kind" TEXT NOT NULL,
    "subject" INTEGER NOT NULL,
    "microcredits" BIGINT NOT NULL DEFAULT 0,
    "results" BIGINT NOT NULL DEFAULT 0,
    "recent" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "recentAt" BIGINT NOT NULL,

    CONSTRAINT "CreditTotal_pkey" PRIMARY KEY ("kind","subject"),
    CONSTRAINT "credit_total_kind_known" CHECK ("kind" IN ('account', 'device', 'team', 'job', 'all'))
);

-- CreateTable
CREATE TABLE "CreditDue" (
    "row" BIGSERIAL NOT NULL,
    "unitId" BIGINT NOT NULL,

    CONSTRAINT "CreditDue_pkey" PRIMARY KEY ("row")
);

-- CreateTable
CREATE TABLE "CreditJobDue" (
    "jobId" INTEGER NOT NULL,
    "unitKey" TEXT NOT NULL,

    CONSTRAINT "CreditJobDue_pkey" PRIMARY KEY ("jobId")
);

-- CreateIndex
CREATE UNIQUE INDEX "Team_uid_key" ON "Team"("uid");

-- CreateIndex
CREATE UNIQUE INDEX "Team_name_key" ON "Team"("name");

-- CreateIndex
CREATE UNIQUE INDEX "Credit_leaseRow_n_key" ON "Credit"("leaseRow", "n");

-- CreateIndex
CREATE INDEX "CreditTotal_kind_microcredits_subject_idx" ON "CreditTotal"("kind", "microcredits", "subject");

-- CreateIndex
CREATE INDEX "Device_accountId_idx" ON "Device"("accountId");

-- CreateIndex
CREATE INDEX "Account_teamId_idx" ON "Account"("teamId");

-- Partial indexes, for which Prisma has no notation: jobs whose credit waits for an admin, and those that have a price.
CREATE INDEX "job_credit_held" ON "Job" ("id") WHERE "creditHold" = 1;
CREATE INDEX "job_priced" ON "Job" ("id") WHERE "creditPerInput" IS NOT NULL;
