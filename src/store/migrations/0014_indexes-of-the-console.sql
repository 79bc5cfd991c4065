DROP INDEX "people_by_email";--> statement-breakpoint
DROP INDEX "people_by_contact";--> statement-breakpoint
CREATE INDEX "deliveries_failed" ON "deliveries" USING btree ("workspace_id","id") WHERE state = 'failed';--> statement-breakpoint
CREATE INDEX "deliveries_of_topic" ON "deliveries" USING btree ("workspace_id","topic","id");--> statement-breakpoint
CREATE INDEX "people_by_external_id_start" ON "people" USING btree ("workspace_id","external_id" text_pattern_ops);--> statement-breakpoint
CREATE INDEX "people_by_name" ON "people" USING gin (to_tsvector('simple', coalesce("name", '')));--> statement-breakpoint
CREATE INDEX "people_newest" ON "people" USING btree ("workspace_id","created_at","id");--> statement-breakpoint
CREATE INDEX "referrals_of_campaign" ON "referrals" USING btree ("workspace_id","campaign_id","status","reward_status");--> statement-breakpoint
CREATE INDEX "referrals_qualified" ON "referrals" USING btree ("workspace_id","status_at") WHERE status = 'qualified';--> statement-breakpoint
CREATE INDEX "runs_about" ON "runs" USING btree ("workspace_id","subject","seq");--> statement-breakpoint
CREATE INDEX "runs_of_kind" ON "runs" USING btree ("workspace_id","kind","seq");--> statement-breakpoint
CREATE INDEX "runs_by_time" ON "runs" USING btree ("workspace_id","created_at","seq");--> statement-breakpoint
CREATE INDEX "runs_given_up" ON "runs" USING btree ("workspace_id","state","seq") WHERE state in ('failed', 'cancelled');--> statement-breakpoint
CREATE INDEX "people_by_email" ON "people" USING btree ("workspace_id","email" text_pattern_ops);--> statement-breakpoint
CREATE INDEX "people_by_contact" ON "people" USING btree ("workspace_id","contact_id" text_pattern_ops);