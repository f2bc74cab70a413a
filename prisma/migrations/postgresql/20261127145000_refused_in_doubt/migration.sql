-- Prisma has no notation for partial indexes: what was thrown away is seldom, and looked for by job.
CREATE INDEX "Lease_voided" ON "Lease"("jobId") WHERE "state" = 'voided';
