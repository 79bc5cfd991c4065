DROP INDEX "rewards_of_campaign";--> statement-breakpoint
CREATE INDEX "rewards_by_label" ON "rewards" USING btree ("workspace_id","label","status","status_at","id");--> statement-breakpoint
CREATE INDEX "rewards_of_campaign" ON "rewards" USING btree ("workspace_id","campaign_id","status","recipient","currency","amount","label");