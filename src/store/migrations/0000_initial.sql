CREATE TABLE "campaign_drafts" (
	"workspace_id" text NOT NULL,
	"campaign_id" uuid NOT NULL,
	"draft" jsonb NOT NULL,
	"changed_at" timestamp (3) with time zone NOT NULL,
	"changed_by" text NOT NULL,
	CONSTRAINT "campaign_drafts_workspace_id_campaign_id_pk" PRIMARY KEY("workspace_id","campaign_id")
);
--> statement-breakpoint
CREATE TABLE "campaign_versions" (
	"workspace_id" text NOT NULL,
	"campaign_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"plan" jsonb NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"origin" text NOT NULL,
	"published_by" text,
	CONSTRAINT "campaign_versions_workspace_id_campaign_id_number_pk" PRIMARY KEY("workspace_id","campaign_id","number"),
	CONSTRAINT "campaign_versions_origin" CHECK (origin in ('published', 'api', 'found'))
);
--> statement-breakpoint
CREATE TABLE "created_contacts" (
	"workspace_id" text NOT NULL,
	"key" text NOT NULL,
	"contact_id" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "created_contacts_workspace_id_key_pk" PRIMARY KEY("workspace_id","key")
);
--> statement-breakpoint
CREATE TABLE "enrollments" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" text NOT NULL,
	"side" text NOT NULL,
	"campaign_id" uuid NOT NULL,
	"person_id" uuid NOT NULL,
	"referral_id" uuid,
	"referrer_id" uuid,
	"state" text NOT NULL,
	"round" integer DEFAULT 0 NOT NULL,
	"contact_id" text,
	"outcome" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"changed_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "enrollments_in_workspace" UNIQUE("workspace_id","id"),
	CONSTRAINT "enrollments_once_a_referral" UNIQUE("workspace_id","referral_id"),
	CONSTRAINT "enrollments_once_a_referrer" UNIQUE("workspace_id","referrer_id"),
	CONSTRAINT "enrollments_of_one_side" CHECK ((side = 'leads' and referral_id is not null and referrer_id is null)
        or (side = 'referrers' and referrer_id is not null and referral_id is null)),
	CONSTRAINT "enrollments_state" CHECK (state in ('setup-required', 'planned', 'done', 'skipped', 'review', 'failed'))
);
--> statement-breakpoint
CREATE TABLE "review_candidates" (
	"workspace_id" text NOT NULL,
	"contact_id" text NOT NULL,
	"review_id" uuid NOT NULL,
	CONSTRAINT "review_candidates_workspace_id_contact_id_review_id_pk" PRIMARY KEY("workspace_id","contact_id","review_id")
);
--> statement-breakpoint
CREATE TABLE "reviews" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" text NOT NULL,
	"enrollment_id" uuid NOT NULL,
	"why" text NOT NULL,
	"draft" jsonb NOT NULL,
	"candidates" jsonb NOT NULL,
	"decision" jsonb,
	"decided_by" jsonb,
	"asked_at" timestamp (3) with time zone NOT NULL,
	"decided_at" timestamp (3) with time zone,
	CONSTRAINT "reviews_in_workspace" UNIQUE("workspace_id","id")
);
--> statement-breakpoint
CREATE TABLE "import_rows" (
	"workspace_id" text NOT NULL,
	"import_id" uuid NOT NULL,
	"line" integer NOT NULL,
	"identity" text,
	"given" jsonb NOT NULL,
	"state" text NOT NULL,
	"turn" integer DEFAULT 0 NOT NULL,
	"outcome" text,
	"contact_id" text,
	"error" text,
	"problems" jsonb,
	"attempts" smallint DEFAULT 0 NOT NULL,
	"attempted_at" timestamp (3) with time zone,
	"due_at" timestamp (3) with time zone,
	CONSTRAINT "import_rows_workspace_id_import_id_line_pk" PRIMARY KEY("workspace_id","import_id","line")
);
--> statement-breakpoint
CREATE TABLE "imports" (
	"workspace_id" text NOT NULL,
	"id" uuid NOT NULL,
	"name" text,
	"created_by" text NOT NULL,
	"upload_key" text,
	"state" text NOT NULL,
	"paused_for" text,
	"error" text,
	"columns" jsonb,
	"options" jsonb NOT NULL,
	"rows" integer DEFAULT 0 NOT NULL,
	"counts" jsonb NOT NULL,
	"turn" integer DEFAULT 0 NOT NULL,
	"due_at" timestamp (3) with time zone NOT NULL,
	"touched_at" timestamp (3) with time zone NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"started_at" timestamp (3) with time zone,
	"started_with" integer DEFAULT 0 NOT NULL,
	"finished_at" timestamp (3) with time zone,
	CONSTRAINT "imports_workspace_id_id_pk" PRIMARY KEY("workspace_id","id"),
	CONSTRAINT "imports_once" UNIQUE("workspace_id","upload_key")
);
--> statement-breakpoint
CREATE TABLE "rule_readings" (
	"workspace_id" text NOT NULL,
	"rule_id" uuid NOT NULL,
	"step" integer DEFAULT 0 NOT NULL,
	"after" uuid,
	"read" integer NOT NULL,
	"total" integer NOT NULL,
	"trouble" text,
	"started_at" timestamp (3) with time zone NOT NULL,
	"touched_at" timestamp (3) with time zone NOT NULL,
	"finished_at" timestamp (3) with time zone,
	CONSTRAINT "rule_readings_workspace_id_rule_id_pk" PRIMARY KEY("workspace_id","rule_id")
);
--> statement-breakpoint
CREATE TABLE "backfills" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" text NOT NULL,
	"campaign_id" uuid NOT NULL,
	"wanted" jsonb NOT NULL,
	"state" text NOT NULL,
	"step" integer DEFAULT 0 NOT NULL,
	"cursor" text,
	"counted" jsonb,
	"progress" jsonb NOT NULL,
	"trouble" text,
	"requested_by" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"started_at" timestamp (3) with time zone,
	"started_with" integer NOT NULL,
	"touched_at" timestamp (3) with time zone NOT NULL,
	"finished_at" timestamp (3) with time zone,
	"next_pass_at" timestamp (3) with time zone,
	CONSTRAINT "backfills_in_workspace" UNIQUE("workspace_id","id"),
	CONSTRAINT "backfills_state" CHECK (state in ('counting', 'counted', 'running', 'paused', 'watching', 'done', 'canceled', 'failed'))
);
--> statement-breakpoint
CREATE TABLE "erasures" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" text NOT NULL,
	"state" text NOT NULL,
	"step" integer DEFAULT 0 NOT NULL,
	"sought" jsonb,
	"place" jsonb,
	"subject_hash" text NOT NULL,
	"requested_by" text NOT NULL,
	"also_in_intercom" boolean NOT NULL,
	"contacts" integer,
	"erased" jsonb NOT NULL,
	"trouble" text,
	"requested_at" timestamp (3) with time zone NOT NULL,
	"touched_at" timestamp (3) with time zone NOT NULL,
	"finished_at" timestamp (3) with time zone,
	CONSTRAINT "erasures_in_workspace" UNIQUE("workspace_id","id")
);
--> statement-breakpoint
CREATE TABLE "heartbeats" (
	"name" text PRIMARY KEY NOT NULL,
	"at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "recoveries" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" text NOT NULL,
	"cause" text NOT NULL,
	"since" timestamp (3) with time zone NOT NULL,
	"state" text NOT NULL,
	"step" integer DEFAULT 0 NOT NULL,
	"cursor" text,
	"seen" integer NOT NULL,
	"missed" integer NOT NULL,
	"sync_check_id" uuid,
	"trouble" text,
	"started_at" timestamp (3) with time zone NOT NULL,
	"touched_at" timestamp (3) with time zone NOT NULL,
	"finished_at" timestamp (3) with time zone,
	CONSTRAINT "recoveries_in_workspace" UNIQUE("workspace_id","id"),
	CONSTRAINT "recoveries_state" CHECK (state in ('running', 'done', 'failed'))
);
--> statement-breakpoint
CREATE TABLE "sync_check_rows" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"workspace_id" text NOT NULL,
	"sync_check_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"person_id" uuid,
	"contact_id" text,
	"differences" jsonb NOT NULL,
	"repair" text NOT NULL,
	"state" text NOT NULL,
	CONSTRAINT "sync_check_rows_kind" CHECK (kind in ('missing', 'different', 'orphaned', 'unlinked')),
	CONSTRAINT "sync_check_rows_state" CHECK (state in ('found', 'chosen', 'planned'))
);
--> statement-breakpoint
CREATE TABLE "sync_checks" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" text NOT NULL,
	"campaign_id" uuid,
	"cause" text NOT NULL,
	"state" text NOT NULL,
	"step" integer DEFAULT 0 NOT NULL,
	"part" text NOT NULL,
	"cursor" text,
	"seen" integer NOT NULL,
	"counts" jsonb NOT NULL,
	"trouble" text,
	"started_at" timestamp (3) with time zone NOT NULL,
	"touched_at" timestamp (3) with time zone NOT NULL,
	"finished_at" timestamp (3) with time zone,
	CONSTRAINT "sync_checks_in_workspace" UNIQUE("workspace_id","id"),
	CONSTRAINT "sync_checks_state" CHECK (state in ('running', 'repairing', 'done', 'failed'))
);
--> statement-breakpoint
CREATE TABLE "api_tokens" (
	"jti" text PRIMARY KEY NOT NULL,
	"workspace_id" text NOT NULL,
	"name" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"revoked_at" timestamp (3) with time zone,
	"last_used_at" timestamp (3) with time zone,
	"signed_with" text
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
	"settings" jsonb DEFAULT '{}'::jsonb NOT NULL,
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
CREATE TABLE "connections" (
	"workspace_id" text NOT NULL,
	"platform" text NOT NULL,
	"base_url" text NOT NULL,
	"sealed_token" text NOT NULL,
	"sealed_hook_secret" text,
	"token_set_at" timestamp (3) with time zone,
	"hook_secret_set_at" timestamp (3) with time zone,
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
	"deleted_at" timestamp (3) with time zone,
	"written" jsonb,
	CONSTRAINT "contacts_workspace_id_contact_id_pk" PRIMARY KEY("workspace_id","contact_id")
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
CREATE TABLE "rate_windows" (
	"key" text NOT NULL,
	"window" bigint NOT NULL,
	"used" integer NOT NULL,
	CONSTRAINT "rate_windows_key_window_pk" PRIMARY KEY("key","window")
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
	"explanation" text,
	"round" integer DEFAULT 0 NOT NULL,
	"local_only" boolean DEFAULT false NOT NULL,
	"sale_value" numeric,
	"platform_id" text,
	"platform_url" text,
	"copied_at" timestamp (3) with time zone,
	"extra" jsonb,
	CONSTRAINT "referrals_in_workspace" UNIQUE("workspace_id","id"),
	CONSTRAINT "referrals_once_a_campaign" UNIQUE("campaign_id","person_id"),
	CONSTRAINT "referrals_status" CHECK (status in ('pending', 'qualified', 'disqualified', 'expired')),
	CONSTRAINT "referrals_reward_status" CHECK (reward_status in ('none', 'due', 'issued', 'canceled'))
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
	"extra" jsonb,
	CONSTRAINT "referrers_code_unique" UNIQUE("code"),
	CONSTRAINT "referrers_in_workspace" UNIQUE("workspace_id","id"),
	CONSTRAINT "referrers_once_a_campaign" UNIQUE("campaign_id","person_id")
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
	"deduplication_key" text NOT NULL,
	"work" jsonb NOT NULL,
	"cause" text NOT NULL,
	"state" text NOT NULL,
	"paused_for" text,
	"attempts" integer DEFAULT 0 NOT NULL,
	"max_attempts" integer NOT NULL,
	"due_at" timestamp (3) with time zone NOT NULL,
	"attempted_at" timestamp (3) with time zone,
	"error" text,
	"exchange" jsonb,
	"created_at" timestamp (3) with time zone NOT NULL,
	"finished_at" timestamp (3) with time zone,
	CONSTRAINT "runs_in_workspace" UNIQUE("workspace_id","id"),
	CONSTRAINT "runs_once" UNIQUE("workspace_id","deduplication_key")
);
--> statement-breakpoint
CREATE TABLE "settings" (
	"workspace_id" text PRIMARY KEY NOT NULL,
	"settings" jsonb NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "used_tokens" (
	"jti" text PRIMARY KEY NOT NULL,
	"purpose" text NOT NULL,
	"used_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "audit_log" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"workspace_id" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"actor" text NOT NULL,
	"actor_id" text,
	"actor_name" text NOT NULL,
	"action" text NOT NULL,
	"subject_type" text,
	"subject_id" text,
	"details" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"id" text PRIMARY KEY NOT NULL,
	"workspace_id" text NOT NULL,
	"teammate_id" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"last_seen_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"browser" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "teammates" (
	"workspace_id" text NOT NULL,
	"teammate_id" text NOT NULL,
	"name" text NOT NULL,
	"email" text NOT NULL,
	"role" text NOT NULL,
	"added_at" timestamp (3) with time zone NOT NULL,
	"removed_at" timestamp (3) with time zone,
	"checked_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "teammates_workspace_id_teammate_id_pk" PRIMARY KEY("workspace_id","teammate_id"),
	CONSTRAINT "teammates_role" CHECK (role in ('viewer', 'administrator'))
);
--> statement-breakpoint
CREATE TABLE "click_counts" (
	"workspace_id" text NOT NULL,
	"referrer_id" uuid NOT NULL,
	"clicks" integer NOT NULL,
	CONSTRAINT "click_counts_workspace_id_referrer_id_pk" PRIMARY KEY("workspace_id","referrer_id")
);
--> statement-breakpoint
CREATE TABLE "housekeeping" (
	"task" text PRIMARY KEY NOT NULL,
	"up_to" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "installation_checks" (
	"workspace_id" text PRIMARY KEY NOT NULL,
	"missing_scopes" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"reported" jsonb,
	"tried_at" timestamp (3) with time zone
);
--> statement-breakpoint
ALTER TABLE "campaign_drafts" ADD CONSTRAINT "campaign_drafts_workspace_id_campaign_id_campaigns_workspace_id_id_fk" FOREIGN KEY ("workspace_id","campaign_id") REFERENCES "public"."campaigns"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "campaign_versions" ADD CONSTRAINT "campaign_versions_workspace_id_campaign_id_campaigns_workspace_id_id_fk" FOREIGN KEY ("workspace_id","campaign_id") REFERENCES "public"."campaigns"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "enrollments" ADD CONSTRAINT "enrollments_workspace_id_campaign_id_campaigns_workspace_id_id_fk" FOREIGN KEY ("workspace_id","campaign_id") REFERENCES "public"."campaigns"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "enrollments" ADD CONSTRAINT "enrollments_workspace_id_person_id_people_workspace_id_id_fk" FOREIGN KEY ("workspace_id","person_id") REFERENCES "public"."people"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "enrollments" ADD CONSTRAINT "enrollments_workspace_id_referral_id_referrals_workspace_id_id_fk" FOREIGN KEY ("workspace_id","referral_id") REFERENCES "public"."referrals"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "enrollments" ADD CONSTRAINT "enrollments_workspace_id_referrer_id_referrers_workspace_id_id_fk" FOREIGN KEY ("workspace_id","referrer_id") REFERENCES "public"."referrers"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "review_candidates" ADD CONSTRAINT "review_candidates_workspace_id_review_id_reviews_workspace_id_id_fk" FOREIGN KEY ("workspace_id","review_id") REFERENCES "public"."reviews"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reviews" ADD CONSTRAINT "reviews_workspace_id_enrollment_id_enrollments_workspace_id_id_fk" FOREIGN KEY ("workspace_id","enrollment_id") REFERENCES "public"."enrollments"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "import_rows" ADD CONSTRAINT "import_rows_workspace_id_import_id_imports_workspace_id_id_fk" FOREIGN KEY ("workspace_id","import_id") REFERENCES "public"."imports"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rule_readings" ADD CONSTRAINT "rule_readings_workspace_id_rule_id_rules_workspace_id_id_fk" FOREIGN KEY ("workspace_id","rule_id") REFERENCES "public"."rules"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "backfills" ADD CONSTRAINT "backfills_workspace_id_campaign_id_campaigns_workspace_id_id_fk" FOREIGN KEY ("workspace_id","campaign_id") REFERENCES "public"."campaigns"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sync_check_rows" ADD CONSTRAINT "sync_check_rows_workspace_id_sync_check_id_sync_checks_workspace_id_id_fk" FOREIGN KEY ("workspace_id","sync_check_id") REFERENCES "public"."sync_checks"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sync_checks" ADD CONSTRAINT "sync_checks_workspace_id_campaign_id_campaigns_workspace_id_id_fk" FOREIGN KEY ("workspace_id","campaign_id") REFERENCES "public"."campaigns"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "clicks" ADD CONSTRAINT "clicks_workspace_id_referrer_id_referrers_workspace_id_id_fk" FOREIGN KEY ("workspace_id","referrer_id") REFERENCES "public"."referrers"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "decisions" ADD CONSTRAINT "decisions_workspace_id_referral_id_referrals_workspace_id_id_fk" FOREIGN KEY ("workspace_id","referral_id") REFERENCES "public"."referrals"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "holds" ADD CONSTRAINT "holds_workspace_id_referral_id_referrals_workspace_id_id_fk" FOREIGN KEY ("workspace_id","referral_id") REFERENCES "public"."referrals"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "referral_history" ADD CONSTRAINT "referral_history_workspace_id_referral_id_referrals_workspace_id_id_fk" FOREIGN KEY ("workspace_id","referral_id") REFERENCES "public"."referrals"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "referrals" ADD CONSTRAINT "referrals_workspace_id_campaign_id_campaigns_workspace_id_id_fk" FOREIGN KEY ("workspace_id","campaign_id") REFERENCES "public"."campaigns"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "referrals" ADD CONSTRAINT "referrals_workspace_id_person_id_people_workspace_id_id_fk" FOREIGN KEY ("workspace_id","person_id") REFERENCES "public"."people"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "referrals" ADD CONSTRAINT "referrals_workspace_id_referrer_id_referrers_workspace_id_id_fk" FOREIGN KEY ("workspace_id","referrer_id") REFERENCES "public"."referrers"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "referrers" ADD CONSTRAINT "referrers_workspace_id_campaign_id_campaigns_workspace_id_id_fk" FOREIGN KEY ("workspace_id","campaign_id") REFERENCES "public"."campaigns"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "referrers" ADD CONSTRAINT "referrers_workspace_id_person_id_people_workspace_id_id_fk" FOREIGN KEY ("workspace_id","person_id") REFERENCES "public"."people"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rules" ADD CONSTRAINT "rules_workspace_id_campaign_id_campaigns_workspace_id_id_fk" FOREIGN KEY ("workspace_id","campaign_id") REFERENCES "public"."campaigns"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_workspace_id_teammate_id_teammates_workspace_id_teammate_id_fk" FOREIGN KEY ("workspace_id","teammate_id") REFERENCES "public"."teammates"("workspace_id","teammate_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "teammates" ADD CONSTRAINT "teammates_workspace_id_installations_workspace_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."installations"("workspace_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "click_counts" ADD CONSTRAINT "click_counts_workspace_id_referrer_id_referrers_workspace_id_id_fk" FOREIGN KEY ("workspace_id","referrer_id") REFERENCES "public"."referrers"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "installation_checks" ADD CONSTRAINT "installation_checks_workspace_id_installations_workspace_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."installations"("workspace_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "created_contacts_of" ON "created_contacts" USING btree ("workspace_id","contact_id");--> statement-breakpoint
CREATE INDEX "created_contacts_age" ON "created_contacts" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "enrollments_newest" ON "enrollments" USING btree ("workspace_id","created_at","id");--> statement-breakpoint
CREATE INDEX "enrollments_of_person" ON "enrollments" USING btree ("workspace_id","person_id");--> statement-breakpoint
CREATE INDEX "enrollments_waiting" ON "enrollments" USING btree ("workspace_id","campaign_id","side") WHERE state = 'setup-required';--> statement-breakpoint
CREATE INDEX "review_candidates_of" ON "review_candidates" USING btree ("workspace_id","review_id");--> statement-breakpoint
CREATE UNIQUE INDEX "reviews_one_open" ON "reviews" USING btree ("workspace_id","enrollment_id") WHERE decided_at is null;--> statement-breakpoint
CREATE INDEX "reviews_newest" ON "reviews" USING btree ("workspace_id","asked_at","id");--> statement-breakpoint
CREATE INDEX "import_rows_open" ON "import_rows" USING btree ("workspace_id","import_id","line") WHERE state in ('waiting', 'attempted');--> statement-breakpoint
CREATE INDEX "import_rows_of_identity" ON "import_rows" USING btree ("workspace_id","identity","import_id","line");--> statement-breakpoint
CREATE INDEX "import_rows_bad" ON "import_rows" USING btree ("workspace_id","import_id","line") WHERE state in ('failed', 'invalid');--> statement-breakpoint
CREATE INDEX "imports_newest" ON "imports" USING btree ("workspace_id","created_at","id");--> statement-breakpoint
CREATE INDEX "imports_open" ON "imports" USING btree ("due_at") WHERE state in ('running', 'receiving');--> statement-breakpoint
CREATE INDEX "rule_readings_under_way" ON "rule_readings" USING btree ("touched_at") WHERE finished_at is null;--> statement-breakpoint
CREATE INDEX "backfills_newest" ON "backfills" USING btree ("workspace_id","created_at","id");--> statement-breakpoint
CREATE INDEX "backfills_under_way" ON "backfills" USING btree ("touched_at") WHERE state in ('counting', 'running');--> statement-breakpoint
CREATE INDEX "backfills_watching" ON "backfills" USING btree ("workspace_id") WHERE next_pass_at is not null;--> statement-breakpoint
CREATE INDEX "erasures_newest" ON "erasures" USING btree ("workspace_id","requested_at","id");--> statement-breakpoint
CREATE INDEX "erasures_under_way" ON "erasures" USING btree ("touched_at") WHERE state = 'running';--> statement-breakpoint
CREATE INDEX "recoveries_newest" ON "recoveries" USING btree ("workspace_id","started_at","id");--> statement-breakpoint
CREATE INDEX "recoveries_under_way" ON "recoveries" USING btree ("touched_at") WHERE state = 'running';--> statement-breakpoint
CREATE UNIQUE INDEX "recoveries_one_at_a_time" ON "recoveries" USING btree ("workspace_id") WHERE state = 'running';--> statement-breakpoint
CREATE INDEX "sync_check_rows_of" ON "sync_check_rows" USING btree ("workspace_id","sync_check_id","kind","id");--> statement-breakpoint
CREATE INDEX "sync_check_rows_chosen" ON "sync_check_rows" USING btree ("workspace_id","sync_check_id","id") WHERE state = 'chosen';--> statement-breakpoint
CREATE INDEX "sync_check_rows_of_person" ON "sync_check_rows" USING btree ("workspace_id","person_id");--> statement-breakpoint
CREATE INDEX "sync_check_rows_of_contact" ON "sync_check_rows" USING btree ("workspace_id","contact_id");--> statement-breakpoint
CREATE INDEX "sync_checks_newest" ON "sync_checks" USING btree ("workspace_id","started_at","id");--> statement-breakpoint
CREATE INDEX "sync_checks_under_way" ON "sync_checks" USING btree ("touched_at") WHERE state in ('running', 'repairing');--> statement-breakpoint
CREATE INDEX "api_tokens_workspace" ON "api_tokens" USING btree ("workspace_id");--> statement-breakpoint
CREATE UNIQUE INDEX "campaigns_by_name" ON "campaigns" USING btree ("workspace_id",lower("name"));--> statement-breakpoint
CREATE UNIQUE INDEX "campaigns_by_platform_id" ON "campaigns" USING btree ("workspace_id","platform","platform_id") WHERE platform_id is not null;--> statement-breakpoint
CREATE INDEX "clicks_of" ON "clicks" USING btree ("workspace_id","referrer_id","clicked_at");--> statement-breakpoint
CREATE UNIQUE INDEX "conversions_one_at_a_time" ON "conversions" USING btree ("workspace_id","contact_id") WHERE state = 'started';--> statement-breakpoint
CREATE INDEX "decisions_of_referral" ON "decisions" USING btree ("workspace_id","referral_id","id");--> statement-breakpoint
CREATE INDEX "decisions_newest" ON "decisions" USING btree ("workspace_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "deliveries_once" ON "deliveries" USING btree ("workspace_id","notification_id") WHERE notification_id is not null;--> statement-breakpoint
CREATE INDEX "deliveries_newest" ON "deliveries" USING btree ("workspace_id","id");--> statement-breakpoint
CREATE INDEX "deliveries_unhandled" ON "deliveries" USING btree ("id") WHERE state = 'received';--> statement-breakpoint
CREATE INDEX "deliveries_failed" ON "deliveries" USING btree ("workspace_id","id") WHERE state = 'failed';--> statement-breakpoint
CREATE INDEX "deliveries_of_topic" ON "deliveries" USING btree ("workspace_id","topic","id");--> statement-breakpoint
CREATE INDEX "deliveries_of_contact" ON "deliveries" USING btree ("workspace_id","contact_id","id");--> statement-breakpoint
CREATE INDEX "holds_due" ON "holds" USING btree ("due_at");--> statement-breakpoint
CREATE UNIQUE INDEX "people_by_external_id" ON "people" USING btree ("workspace_id","external_id") WHERE external_id is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "people_by_email_alone" ON "people" USING btree ("workspace_id","email") WHERE external_id is null and email is not null;--> statement-breakpoint
CREATE INDEX "people_by_email" ON "people" USING btree ("workspace_id","email" text_pattern_ops);--> statement-breakpoint
CREATE INDEX "people_by_contact" ON "people" USING btree ("workspace_id","contact_id" text_pattern_ops);--> statement-breakpoint
CREATE INDEX "people_by_external_id_start" ON "people" USING btree ("workspace_id","external_id" text_pattern_ops);--> statement-breakpoint
CREATE INDEX "people_by_name" ON "people" USING gin (to_tsvector('simple', coalesce("name", '')));--> statement-breakpoint
CREATE INDEX "people_newest" ON "people" USING btree ("workspace_id","created_at","id");--> statement-breakpoint
CREATE INDEX "referral_history_of" ON "referral_history" USING btree ("workspace_id","referral_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "referrals_by_platform_id" ON "referrals" USING btree ("workspace_id","campaign_id","platform_id") WHERE platform_id is not null;--> statement-breakpoint
CREATE INDEX "referrals_by_person" ON "referrals" USING btree ("workspace_id","person_id");--> statement-breakpoint
CREATE INDEX "referrals_by_referrer" ON "referrals" USING btree ("workspace_id","referrer_id","joined_at","status");--> statement-breakpoint
CREATE INDEX "referrals_newest" ON "referrals" USING btree ("workspace_id","joined_at","id");--> statement-breakpoint
CREATE INDEX "referrals_of_campaign" ON "referrals" USING btree ("workspace_id","campaign_id","status","reward_status");--> statement-breakpoint
CREATE INDEX "referrals_qualified" ON "referrals" USING btree ("workspace_id","status_at") WHERE status = 'qualified';--> statement-breakpoint
CREATE UNIQUE INDEX "referrers_by_platform_id" ON "referrers" USING btree ("workspace_id","campaign_id","platform_id") WHERE platform_id is not null;--> statement-breakpoint
CREATE INDEX "referrers_by_person" ON "referrers" USING btree ("workspace_id","person_id");--> statement-breakpoint
CREATE INDEX "rules_of_campaign" ON "rules" USING btree ("workspace_id","campaign_id");--> statement-breakpoint
CREATE INDEX "runs_of_subject" ON "runs" USING btree ("workspace_id","subject","seq") WHERE state = 'waiting';--> statement-breakpoint
CREATE INDEX "runs_due" ON "runs" USING btree ("due_at") WHERE state = 'waiting' and paused_for is null;--> statement-breakpoint
CREATE INDEX "runs_paused" ON "runs" USING btree ("workspace_id","paused_for","due_at") WHERE state = 'waiting';--> statement-breakpoint
CREATE INDEX "runs_newest" ON "runs" USING btree ("workspace_id","seq");--> statement-breakpoint
CREATE INDEX "runs_of_referral" ON "runs" USING btree ("workspace_id","referral_id");--> statement-breakpoint
CREATE INDEX "runs_about" ON "runs" USING btree ("workspace_id","subject","seq");--> statement-breakpoint
CREATE INDEX "runs_of_kind" ON "runs" USING btree ("workspace_id","kind","seq");--> statement-breakpoint
CREATE INDEX "runs_by_time" ON "runs" USING btree ("workspace_id","created_at","seq");--> statement-breakpoint
CREATE INDEX "runs_given_up" ON "runs" USING btree ("workspace_id","state","seq") WHERE state in ('failed', 'canceled');--> statement-breakpoint
CREATE INDEX "used_tokens_expiry" ON "used_tokens" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "audit_log_newest" ON "audit_log" USING btree ("workspace_id","id");--> statement-breakpoint
CREATE INDEX "audit_log_of_subject" ON "audit_log" USING btree ("workspace_id","subject_type","subject_id","id");--> statement-breakpoint
CREATE INDEX "sessions_of" ON "sessions" USING btree ("workspace_id","teammate_id");--> statement-breakpoint
CREATE INDEX "sessions_expiry" ON "sessions" USING btree ("expires_at");