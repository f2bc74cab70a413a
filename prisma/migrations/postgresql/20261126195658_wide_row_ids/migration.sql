-- Row ids and counts that grow with every unit, lease, input and event get 64 bits, because 32 last for days at 10,000 a second.
-- Written by hand: the step that Prisma writes (SET DATA TYPE BIGSERIAL) is refused by PostgreSQL, and a sequence has a width of its
-- own, which the change of its column leaves as it was. PostgreSQL writes these tables anew. SQLite needs nothing, its integers have 64 bits.

ALTER TABLE "WorkUnit" ALTER COLUMN "id" SET DATA TYPE BIGINT;
ALTER SEQUENCE "WorkUnit_id_seq" AS BIGINT;

ALTER TABLE "Lease" ALTER COLUMN "row" SET DATA TYPE BIGINT, ALTER COLUMN "unitId" SET DATA TYPE BIGINT;
ALTER SEQUENCE "Lease_row_seq" AS BIGINT;

ALTER TABLE "PastLease" ALTER COLUMN "row" SET DATA TYPE BIGINT;

ALTER TABLE "Event"
  ALTER COLUMN "n" SET DATA TYPE BIGINT, ALTER COLUMN "unitId" SET DATA TYPE BIGINT, ALTER COLUMN "leaseRow" SET DATA TYPE BIGINT;

ALTER TABLE "Job"
  ALTER COLUMN "eventCount" SET DATA TYPE BIGINT, ALTER COLUMN "inputs" SET DATA TYPE BIGINT,
  ALTER COLUMN "failedInputs" SET DATA TYPE BIGINT, ALTER COLUMN "leases" SET DATA TYPE BIGINT;
