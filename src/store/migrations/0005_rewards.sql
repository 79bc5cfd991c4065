CREATE TABLE "rewards" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" text NOT NULL,
	"referral_id" uuid NOT NULL,
	"recipient" text NOT NULL,
	"campaign_id" uuid NOT NULL,
	"person_id" uuid NOT NULL,
	"label" text NOT NULL,
	"amount" numeric,
	"currency" text,
	"status" text NOT NULL,
	"due_at" timestamp (3) with time zone NOT NULL,
	"approved_at" timestamp (3) with time zone,
	"approved_by" jsonb,
	"issued_at" timestamp (3) with time zone,
	"issued_by" jsonb,
	"canceled_at" timestamp (3) with time zone,
	"canceled_by" jsonb,
	"failed_at" timestamp (3) with time zone,
	"reference" text,
	"reason" text,
	"change_id" uuid,
	"changed_from" text,
	CONSTRAINT "rewards_once" UNIQUE("workspace_id","referral_id","recipient"),
	CONSTRAINT "rewards_status" CHECK (status in ('due', 'approved', 'issued', 'canceled', 'failed')),
	CONSTRAINT "rewards_recipient" CHECK (recipient in ('referrer', 'friend'))
);
--> statement-breakpoint
ALTER TABLE "referrals" DROP CONSTRAINT "referrals_reward_status";--> statement-breakpoint
ALTER TABLE "campaigns" ADD COLUMN "rewards" jsonb DEFAULT '{"referrer": null, "friend": null}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "campaigns" ADD COLUMN "reward_approval" jsonb;--> statement-breakpoint
ALTER TABLE "referrals" ADD COLUMN "reward_note" text;--> statement-breakpoint
ALTER TABLE "rewards" ADD CONSTRAINT "rewards_workspace_id_referral_id_referrals_workspace_id_id_fk" FOREIGN KEY ("workspace_id","referral_id") REFERENCES "public"."referrals"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rewards" ADD CONSTRAINT "rewards_workspace_id_campaign_id_campaigns_workspace_id_id_fk" FOREIGN KEY ("workspace_id","campaign_id") REFERENCES "public"."campaigns"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rewards" ADD CONSTRAINT "rewards_workspace_id_person_id_people_workspace_id_id_fk" FOREIGN KEY ("workspace_id","person_id") REFERENCES "public"."people"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "rewards_newest" ON "rewards" USING btree ("workspace_id","due_at","id");--> statement-breakpoint
CREATE INDEX "rewards_of_status" ON "rewards" USING btree ("workspace_id","status","due_at","id");--> statement-breakpoint
CREATE INDEX "rewards_of_campaign" ON "rewards" USING btree ("workspace_id","campaign_id","status","recipient","currency","amount");--> statement-breakpoint
CREATE INDEX "rewards_of_person" ON "rewards" USING btree ("workspace_id","person_id","campaign_id","recipient");--> statement-breakpoint
CREATE INDEX "rewards_of_change" ON "rewards" USING btree ("workspace_id","change_id") WHERE change_id is not null;--> statement-breakpoint
ALTER TABLE "referrals" ADD CONSTRAINT "referrals_reward_status" CHECK (reward_status in ('none', 'due', 'approved', 'issued', 'canceled', 'failed'));--> statement-breakpoint
UPDATE "campaigns" SET "rewards" = jsonb_build_object(
  'referrer', jsonb_build_object('label', "reward", 'amount', null, 'currency', null, 'limit_per_person', null),
  'friend', null
) WHERE "reward" IS NOT NULL;
--> statement-breakpoint
-- Each reward that a referral has becomes a row. Without a referrer, the friend is the only person who can get it.
INSERT INTO "rewards" ("id", "workspace_id", "referral_id", "recipient", "campaign_id", "person_id", "label", "status",
  "due_at", "issued_at", "issued_by", "canceled_at", "canceled_by", "reference", "reason")
SELECT gen_random_uuid(), r."workspace_id", r."id", CASE WHEN f."id" IS NULL THEN 'friend' ELSE 'referrer' END,
  r."campaign_id", coalesce(f."person_id", r."person_id"), coalesce(c."reward", 'Reward'), r."reward_status",
  coalesce(due."at", r."status_at"),
  CASE r."reward_status" WHEN 'issued' THEN coalesce(settled."at", r."status_at") END,
  CASE r."reward_status" WHEN 'issued' THEN settled."by" END,
  CASE r."reward_status" WHEN 'canceled' THEN coalesce(settled."at", r."status_at") END,
  CASE r."reward_status" WHEN 'canceled' THEN settled."by" END,
  CASE r."reward_status" WHEN 'issued' THEN settled."reason" END,
  CASE r."reward_status" WHEN 'canceled' THEN settled."reason" END
FROM "referrals" r
JOIN "campaigns" c ON c."workspace_id" = r."workspace_id" AND c."id" = r."campaign_id"
LEFT JOIN "referrers" f ON f."workspace_id" = r."workspace_id" AND f."id" = r."referrer_id"
LEFT JOIN LATERAL (
  SELECT h."at" FROM "referral_history" h
  WHERE h."workspace_id" = r."workspace_id" AND h."referral_id" = r."id" AND h."what" = 'reward' AND h."to" = 'due'
  ORDER BY h."id" DESC LIMIT 1
) due ON true
LEFT JOIN LATERAL (
  SELECT h."at", h."reason", jsonb_build_object('kind', h."actor", 'name', h."actor_name") AS "by"
  FROM "referral_history" h
  WHERE h."workspace_id" = r."workspace_id" AND h."referral_id" = r."id" AND h."what" = 'reward'
    AND h."to" = r."reward_status"
  ORDER BY h."id" DESC LIMIT 1
) settled ON true
WHERE r."reward_status" <> 'none';
