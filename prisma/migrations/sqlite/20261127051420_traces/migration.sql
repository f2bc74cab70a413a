-- CreateTable
CREATE TABLE "Trace" (
    "leaseRow" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "console" BLOB,
    "stack" BLOB
);

