-- Logins by key: sessions, nonces that were used, and what all servers of a database know. Until now every own device was the operator's,
-- and those are own devices for everybody's jobs. The CHECK constraints and the update are written by hand.

UPDATE "Device" SET "own" = 2 WHERE "own" = 1;

-- CreateTable
CREATE TABLE "Session" (
    "hash" BYTEA NOT NULL CONSTRAINT "session_hash_is_sha256" CHECK (length("hash") = 32),
    "accountId" INTEGER NOT NULL,
    "key" TEXT NOT NULL,
    "issuer" TEXT NOT NULL,
    "createdAt" BIGINT NOT NULL,
    "expiresAt" BIGINT NOT NULL,

    CONSTRAINT "Session_pkey" PRIMARY KEY ("hash")
);

-- CreateTable
CREATE TABLE "UsedNonce" (
    "nonce" BYTEA NOT NULL,
    "expiresAt" BIGINT NOT NULL,

    CONSTRAINT "UsedNonce_pkey" PRIMARY KEY ("nonce")
);

-- CreateTable
CREATE TABLE "ServerSecret" (
    "name" TEXT NOT NULL,
    "secret" BYTEA NOT NULL,

    CONSTRAINT "ServerSecret_pkey" PRIMARY KEY ("name")
);

-- CreateIndex
CREATE INDEX "Session_expiresAt_idx" ON "Session"("expiresAt");

-- CreateIndex
CREATE INDEX "Session_issuer_idx" ON "Session"("issuer");

-- CreateIndex
CREATE INDEX "UsedNonce_expiresAt_idx" ON "UsedNonce"("expiresAt");
