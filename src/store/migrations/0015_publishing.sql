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
ALTER TABLE "connections" ADD COLUMN "token_set_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "connections" ADD COLUMN "hook_secret_set_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "campaign_drafts" ADD CONSTRAINT "campaign_drafts_workspace_id_campaign_id_campaigns_workspace_id_id_fk" FOREIGN KEY ("workspace_id","campaign_id") REFERENCES "public"."campaigns"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "campaign_versions" ADD CONSTRAINT "campaign_versions_workspace_id_campaign_id_campaigns_workspace_id_id_fk" FOREIGN KEY ("workspace_id","campaign_id") REFERENCES "public"."campaigns"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "erasures_newest" ON "erasures" USING btree ("workspace_id","requested_at","id");--> statement-breakpoint
CREATE INDEX "erasures_under_way" ON "erasures" USING btree ("touched_at") WHERE state = 'running';