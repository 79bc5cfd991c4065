CREATE TABLE "api_tokens" (
	"jti" text PRIMARY KEY NOT NULL,
	"workspace_id" text NOT NULL,
	"name" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"revoked_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "campaigns" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" text NOT NULL,
	"name" text NOT NULL,
	"platform" text NOT NULL,
	"platform_id" text,
	"destination_url" text NOT NULL,
	"reward" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "campaigns_in_workspace" UNIQUE("workspace_id","id")
);
--> statement-breakpoint
CREATE TABLE "clicks" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"workspace_id" text NOT NULL,
	"referrer_id" uuid NOT NULL,
	"clicked_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "conversions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" text NOT NULL,
	"contact_id" text NOT NULL,
	"kind" text NOT NULL,
	"into_contact_id" text,
	"person_ids" jsonb NOT NULL,
	"given" jsonb NOT NULL,
	"state" text NOT NULL,
	"nonce" text NOT NULL,
	"teammate_id" text NOT NULL,
	"teammate_name" text NOT NULL,
	"carried" jsonb,
	"error" text,
	"started_at" timestamp (3) with time zone NOT NULL,
	"finished_at" timestamp (3) with time zone,
	CONSTRAINT "conversions_once_a_confirm" UNIQUE("workspace_id","contact_id","nonce")
);
--> statement-breakpoint
CREATE TABLE "installations" (
	"workspace_id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"region" text NOT NULL,
	"time_zone" text NOT NULL,
	"sealed_token" text,
	"status" text NOT NULL,
	"installed_by" jsonb NOT NULL,
	"installed_at" timestamp (3) with time zone NOT NULL,
	"status_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "people" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" text NOT NULL,
	"email" text,
	"external_id" text,
	"name" text,
	"contact_id" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "people_in_workspace" UNIQUE("workspace_id","id")
);
--> statement-breakpoint
CREATE TABLE "referral_history" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"workspace_id" text NOT NULL,
	"referral_id" uuid NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"what" text NOT NULL,
	"from" text,
	"to" text,
	"actor" text NOT NULL,
	"actor_name" text,
	"reason" text
);
--> statement-breakpoint
CREATE TABLE "referrals" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" text NOT NULL,
	"campaign_id" uuid NOT NULL,
	"person_id" uuid NOT NULL,
	"referrer_id" uuid,
	"status" text NOT NULL,
	"status_reason" text,
	"status_at" timestamp (3) with time zone NOT NULL,
	"reward_status" text NOT NULL,
	"source" text NOT NULL,
	"joined_at" timestamp (3) with time zone NOT NULL,
	"platform_id" text,
	"platform_url" text,
	"copied_at" timestamp (3) with time zone,
	CONSTRAINT "referrals_in_workspace" UNIQUE("workspace_id","id"),
	CONSTRAINT "referrals_once_a_campaign" UNIQUE("campaign_id","person_id"),
	CONSTRAINT "referrals_status" CHECK (status in ('pending', 'qualified', 'disqualified', 'expired')),
	CONSTRAINT "referrals_reward_status" CHECK (reward_status in ('none', 'due', 'issued', 'cancelled'))
);
--> statement-breakpoint
CREATE TABLE "referrers" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" text NOT NULL,
	"campaign_id" uuid NOT NULL,
	"person_id" uuid NOT NULL,
	"code" text NOT NULL,
	"link" text,
	"platform_id" text,
	"platform_url" text,
	"joined_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "referrers_code_unique" UNIQUE("code"),
	CONSTRAINT "referrers_in_workspace" UNIQUE("workspace_id","id"),
	CONSTRAINT "referrers_once_a_campaign" UNIQUE("campaign_id","person_id")
);
--> statement-breakpoint
CREATE TABLE "used_tokens" (
	"jti" text PRIMARY KEY NOT NULL,
	"purpose" text NOT NULL,
	"used_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "clicks" ADD CONSTRAINT "clicks_workspace_id_referrer_id_referrers_workspace_id_id_fk" FOREIGN KEY ("workspace_id","referrer_id") REFERENCES "public"."referrers"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "referral_history" ADD CONSTRAINT "referral_history_workspace_id_referral_id_referrals_workspace_id_id_fk" FOREIGN KEY ("workspace_id","referral_id") REFERENCES "public"."referrals"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "referrals" ADD CONSTRAINT "referrals_workspace_id_campaign_id_campaigns_workspace_id_id_fk" FOREIGN KEY ("workspace_id","campaign_id") REFERENCES "public"."campaigns"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "referrals" ADD CONSTRAINT "referrals_workspace_id_person_id_people_workspace_id_id_fk" FOREIGN KEY ("workspace_id","person_id") REFERENCES "public"."people"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "referrals" ADD CONSTRAINT "referrals_workspace_id_referrer_id_referrers_workspace_id_id_fk" FOREIGN KEY ("workspace_id","referrer_id") REFERENCES "public"."referrers"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "referrers" ADD CONSTRAINT "referrers_workspace_id_campaign_id_campaigns_workspace_id_id_fk" FOREIGN KEY ("workspace_id","campaign_id") REFERENCES "public"."campaigns"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "referrers" ADD CONSTRAINT "referrers_workspace_id_person_id_people_workspace_id_id_fk" FOREIGN KEY ("workspace_id","person_id") REFERENCES "public"."people"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "api_tokens_workspace" ON "api_tokens" USING btree ("workspace_id");--> statement-breakpoint
CREATE UNIQUE INDEX "campaigns_by_name" ON "campaigns" USING btree ("workspace_id",lower("name"));--> statement-breakpoint
CREATE INDEX "clicks_of" ON "clicks" USING btree ("workspace_id","referrer_id","clicked_at");--> statement-breakpoint
CREATE UNIQUE INDEX "conversions_one_at_a_time" ON "conversions" USING btree ("workspace_id","contact_id") WHERE state = 'started';--> statement-breakpoint
CREATE UNIQUE INDEX "people_by_external_id" ON "people" USING btree ("workspace_id","external_id") WHERE external_id is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "people_by_email_alone" ON "people" USING btree ("workspace_id","email") WHERE external_id is null and email is not null;--> statement-breakpoint
CREATE INDEX "people_by_email" ON "people" USING btree ("workspace_id","email");--> statement-breakpoint
CREATE INDEX "people_by_contact" ON "people" USING btree ("workspace_id","contact_id");--> statement-breakpoint
CREATE INDEX "referral_history_of" ON "referral_history" USING btree ("workspace_id","referral_id","id");--> statement-breakpoint
CREATE INDEX "referrals_by_person" ON "referrals" USING btree ("workspace_id","person_id");--> statement-breakpoint
CREATE INDEX "referrals_by_referrer" ON "referrals" USING btree ("workspace_id","referrer_id","joined_at","status");--> statement-breakpoint
CREATE INDEX "referrals_newest" ON "referrals" USING btree ("workspace_id","joined_at","id");--> statement-breakpoint
CREATE INDEX "referrers_by_person" ON "referrers" USING btree ("workspace_id","person_id");--> statement-breakpoint
CREATE INDEX "used_tokens_expiry" ON "used_tokens" USING btree ("expires_at");