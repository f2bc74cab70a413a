-- CreateIndex
CREATE INDEX "Job_ownerId_state_id_idx" ON "Job"("ownerId", "state", "id");

-- CreateIndex
CREATE INDEX "Job_ownerId_name_id_idx" ON "Job"("ownerId", "name", "id");

