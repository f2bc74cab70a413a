-- AlterTable
-- Columns are added and no table is rebuilt: that would lose its CHECK constraints and partial indexes.
ALTER TABLE "Account" ADD COLUMN "teamId" INTEGER;
ALTER TABLE "Job" ADD COLUMN "cost" REAL;
ALTER TABLE "Job" ADD COLUMN "creditHold" INTEGER NOT NULL DEFAULT 0 CONSTRAINT "job_credit_hold_known" CHECK ("creditHold" IN (0, 1, 2));

-- CreateTable
CREATE TABLE "Team" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "uid" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "founderId" INTEGER NOT NULL,
    "createdAt" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "Credit" (
    "row" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "leaseRow" INTEGER NOT NULL,
    "n" INTEGER NOT NULL,
    "unitId" INTEGER NOT NULL,
    "jobId" INTEGER NOT NULL,
    "accountId" INTEGER,
    "deviceId" INTEGER NOT NULL,
    "teamId" INTEGER,
    "kind" TEXT NOT NULL,
    "microcredits" INTEGER NOT NULL,
    "grantedAt" BIGINT NOT NULL,
    "createdAt" BIGINT NOT NULL,
    CONSTRAINT "credit_kind_known" CHECK ("kind" IN ('listed', 'own')),
    CONSTRAINT "credit_given_and_taken_in_turn" CHECK (("n" % 2 = 0 AND "microcredits" >= 0) OR ("n" % 2 = 1 AND "microcredits" <= 0))
);

-- CreateTable
CREATE TABLE "CreditTotal" (
    "kind" TEXT NOT NULL,
    "subject" INTEGER NOT NULL,
    "microcredits" INTEGER NOT NULL DEFAULT 0,
    "results" INTEGER NOT NULL DEFAULT 0,
    "recent" REAL NOT NULL DEFAULT 0,
    "recentAt" BIGINT NOT NULL,

    PRIMARY KEY ("kind", "subject"),
    CONSTRAINT "credit_total_kind_known" CHECK ("kind" IN ('account', 'device', 'team', 'job', 'all'))
);

-- CreateTable
CREATE TABLE "CreditDue" (
    "row" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "unitId" INTEGER NOT NULL
);

-- CreateTable
CREATE TABLE "CreditJobDue" (
    "jobId" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "unitKey" TEXT NOT NULL
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
