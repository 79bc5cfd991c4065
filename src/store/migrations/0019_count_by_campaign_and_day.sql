DROP INDEX "click_days_by_day";--> statement-breakpoint
CREATE INDEX "click_days_of_campaign" ON "click_days" USING btree ("workspace_id","campaign_id","day","referrer_id","clicks");--> statement-breakpoint
CREATE INDEX "referrals_joined_campaign" ON "referrals" USING btree ("workspace_id","campaign_id","joined_at","referrer_id");