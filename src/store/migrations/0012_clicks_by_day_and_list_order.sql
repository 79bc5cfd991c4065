CREATE TABLE "click_days" (
	"workspace_id" text NOT NULL,
	"referrer_id" uuid NOT NULL,
	"day" date NOT NULL,
	"campaign_id" uuid NOT NULL,
	"clicks" integer NOT NULL,
	CONSTRAINT "click_days_workspace_id_referrer_id_day_pk" PRIMARY KEY("workspace_id","referrer_id","day")
);
--> statement-breakpoint
INSERT INTO "click_days" ("workspace_id", "referrer_id", "day", "campaign_id", "clicks")
SELECT c."workspace_id", c."referrer_id", (c."clicked_at" AT TIME ZONE coalesce(z."name", 'UTC'))::date, r."campaign_id", count(*)
FROM "clicks" c
JOIN "referrers" r ON r."workspace_id" = c."workspace_id" AND r."id" = c."referrer_id"
LEFT JOIN "installations" i ON i."workspace_id" = c."workspace_id"
LEFT JOIN pg_timezone_names z ON z."name" = i."time_zone"
GROUP BY 1, 2, 3, 4;--> statement-breakpoint
INSERT INTO "click_days" ("workspace_id", "referrer_id", "day", "campaign_id", "clicks")
SELECT c."workspace_id", c."referrer_id", '-infinity', r."campaign_id", c."clicks"
FROM "click_counts" c
JOIN "referrers" r ON r."workspace_id" = c."workspace_id" AND r."id" = c."referrer_id";--> statement-breakpoint
DROP TABLE "clicks" CASCADE;--> statement-breakpoint
DROP TABLE "click_counts" CASCADE;--> statement-breakpoint
DROP INDEX "referrals_newest";--> statement-breakpoint
DROP INDEX "referrals_qualified";--> statement-breakpoint
ALTER TABLE "rewards" ADD COLUMN "status_at" timestamp (3) with time zone GENERATED ALWAYS AS (coalesce(case status when 'approved' then approved_at when 'issued' then issued_at
          when 'canceled' then canceled_at when 'failed' then failed_at end, due_at)) STORED NOT NULL;--> statement-breakpoint
ALTER TABLE "click_days" ADD CONSTRAINT "click_days_workspace_id_referrer_id_referrers_workspace_id_id_fk" FOREIGN KEY ("workspace_id","referrer_id") REFERENCES "public"."referrers"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "click_days_by_day" ON "click_days" USING btree ("workspace_id","day","campaign_id","referrer_id");--> statement-breakpoint
CREATE INDEX "rewards_by_status" ON "rewards" USING btree ("workspace_id","status","status_at","id","campaign_id","recipient");--> statement-breakpoint
CREATE INDEX "rewards_by_change" ON "rewards" USING btree ("workspace_id","status_at","id");--> statement-breakpoint
CREATE INDEX "referrals_by_joining" ON "referrals" USING btree ("workspace_id","joined_at","id","campaign_id","status","reward_status");--> statement-breakpoint
CREATE INDEX "referrals_by_status" ON "referrals" USING btree ("workspace_id","status","status_at","id","campaign_id","referrer_id");--> statement-breakpoint
CREATE INDEX "referrals_by_change" ON "referrals" USING btree ("workspace_id","status_at","id");