ALTER TABLE "referrals" ADD COLUMN "hints" text[];--> statement-breakpoint
CREATE INDEX "referrals_doubtful" ON "referrals" USING btree ("workspace_id","joined_at","id") WHERE hints <> '{}';--> statement-breakpoint
CREATE INDEX "referrals_not_looked_at" ON "referrals" USING btree ("workspace_id","id") WHERE hints is null;