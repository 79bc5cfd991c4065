DROP INDEX "rewards_by_amount";--> statement-breakpoint
CREATE INDEX "rewards_sorted_by_amount" ON "rewards" USING btree ("workspace_id",coalesce("amount"::numeric, 0),"id","status","status_at");