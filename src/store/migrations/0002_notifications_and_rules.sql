CREATE TABLE "connections" (
	"workspace_id" text NOT NULL,
	"platform" text NOT NULL,
	"base_url" text NOT NULL,
	"sealed_token" text NOT NULL,
	"sealed_hook_secret" text,
	"cursor" jsonb,
	"reconciled_at" timestamp (3) with time zone,
	CONSTRAINT "connections_workspace_id_platform_pk" PRIMARY KEY("workspace_id","platform")
);
--> statement-breakpoint
CREATE TABLE "contacts" (
	"workspace_id" text NOT NULL,
	"contact_id" text NOT NULL,
	"role" text,
	"values" jsonb NOT NULL,
	"updated_at" timestamp (3) with time zone,
	"seen_at" timestamp (3) with time zone NOT NULL,
	"archived" boolean DEFAULT false NOT NULL,
	"merged_into" text,
	"written" jsonb,
	CONSTRAINT "contacts_workspace_id_contact_id_pk" PRIMARY KEY("workspace_id","contact_id")
);
--> statement-breakpoint
CREATE TABLE "decisions" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"workspace_id" text NOT NULL,
	"referral_id" uuid NOT NULL,
	"rule_id" uuid NOT NULL,
	"rule_version" integer NOT NULL,
	"delivery_id" bigint,
	"outcome" text NOT NULL,
	"explanation" text NOT NULL,
	"reasons" jsonb NOT NULL,
	"at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "deliveries" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"workspace_id" text NOT NULL,
	"notification_id" text,
	"topic" text NOT NULL,
	"contact_id" text,
	"body" text NOT NULL,
	"received_at" timestamp (3) with time zone NOT NULL,
	"state" text NOT NULL,
	"outcome" text,
	"handled_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "holds" (
	"workspace_id" text NOT NULL,
	"referral_id" uuid NOT NULL,
	"rule_id" uuid NOT NULL,
	"since" timestamp (3) with time zone NOT NULL,
	"due_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "holds_workspace_id_referral_id_rule_id_pk" PRIMARY KEY("workspace_id","referral_id","rule_id")
);
--> statement-breakpoint
CREATE TABLE "outages" (
	"workspace_id" text NOT NULL,
	"service" text NOT NULL,
	"failures" integer NOT NULL,
	"since" timestamp (3) with time zone,
	"probe_at" timestamp (3) with time zone,
	"error" text,
	CONSTRAINT "outages_workspace_id_service_pk" PRIMARY KEY("workspace_id","service")
);
--> statement-breakpoint
CREATE TABLE "rate_windows" (
	"key" text NOT NULL,
	"window" bigint NOT NULL,
	"used" integer NOT NULL,
	CONSTRAINT "rate_windows_key_window_pk" PRIMARY KEY("key","window")
);
--> statement-breakpoint
CREATE TABLE "rules" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" text NOT NULL,
	"campaign_id" uuid NOT NULL,
	"name" text NOT NULL,
	"version" integer NOT NULL,
	"definition" jsonb NOT NULL,
	"enabled" boolean NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "rules_in_workspace" UNIQUE("workspace_id","id")
);
--> statement-breakpoint
CREATE TABLE "runs" (
	"id" uuid PRIMARY KEY NOT NULL,
	"seq" bigserial NOT NULL,
	"workspace_id" text NOT NULL,
	"kind" text NOT NULL,
	"subject" text NOT NULL,
	"referral_id" uuid,
	"contact_id" text,
	"dedupe" text NOT NULL,
	"work" jsonb NOT NULL,
	"cause" text NOT NULL,
	"state" text NOT NULL,
	"paused_for" text,
	"attempts" integer DEFAULT 0 NOT NULL,
	"most_attempts" integer NOT NULL,
	"due_at" timestamp (3) with time zone NOT NULL,
	"asked_at" timestamp (3) with time zone,
	"error" text,
	"exchange" jsonb,
	"created_at" timestamp (3) with time zone NOT NULL,
	"finished_at" timestamp (3) with time zone,
	CONSTRAINT "runs_in_workspace" UNIQUE("workspace_id","id"),
	CONSTRAINT "runs_once" UNIQUE("workspace_id","dedupe")
);
--> statement-breakpoint
CREATE TABLE "settings" (
	"workspace_id" text PRIMARY KEY NOT NULL,
	"settings" jsonb NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "campaigns" ADD COLUMN "settings" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "referrals" ADD COLUMN "explanation" text;--> statement-breakpoint
ALTER TABLE "referrals" ADD COLUMN "round" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "referrals" ADD COLUMN "kept_here" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "referrals" ADD COLUMN "sale_value" numeric;--> statement-breakpoint
ALTER TABLE "decisions" ADD CONSTRAINT "decisions_workspace_id_referral_id_referrals_workspace_id_id_fk" FOREIGN KEY ("workspace_id","referral_id") REFERENCES "public"."referrals"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "holds" ADD CONSTRAINT "holds_workspace_id_referral_id_referrals_workspace_id_id_fk" FOREIGN KEY ("workspace_id","referral_id") REFERENCES "public"."referrals"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rules" ADD CONSTRAINT "rules_workspace_id_campaign_id_campaigns_workspace_id_id_fk" FOREIGN KEY ("workspace_id","campaign_id") REFERENCES "public"."campaigns"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "decisions_of_referral" ON "decisions" USING btree ("workspace_id","referral_id","id");--> statement-breakpoint
CREATE INDEX "decisions_newest" ON "decisions" USING btree ("workspace_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "deliveries_once" ON "deliveries" USING btree ("workspace_id","notification_id") WHERE notification_id is not null;--> statement-breakpoint
CREATE INDEX "deliveries_newest" ON "deliveries" USING btree ("workspace_id","id");--> statement-breakpoint
CREATE INDEX "deliveries_unhandled" ON "deliveries" USING btree ("id") WHERE state = 'received';--> statement-breakpoint
CREATE INDEX "deliveries_of_contact" ON "deliveries" USING btree ("workspace_id","contact_id","id");--> statement-breakpoint
CREATE INDEX "holds_due" ON "holds" USING btree ("due_at");--> statement-breakpoint
CREATE INDEX "rules_of_campaign" ON "rules" USING btree ("workspace_id","campaign_id");--> statement-breakpoint
CREATE INDEX "runs_of_subject" ON "runs" USING btree ("workspace_id","subject","seq");--> statement-breakpoint
CREATE INDEX "runs_due" ON "runs" USING btree ("due_at") WHERE state = 'waiting' and paused_for is null;--> statement-breakpoint
CREATE INDEX "runs_newest" ON "runs" USING btree ("workspace_id","seq");--> statement-breakpoint
CREATE INDEX "runs_of_referral" ON "runs" USING btree ("workspace_id","referral_id");