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
	CONSTRAINT "backfills_state" CHECK (state in ('counting', 'counted', 'running', 'paused', 'watching', 'done', 'cancelled', 'failed'))
);
--> statement-breakpoint
ALTER TABLE "backfills" ADD CONSTRAINT "backfills_workspace_id_campaign_id_campaigns_workspace_id_id_fk" FOREIGN KEY ("workspace_id","campaign_id") REFERENCES "public"."campaigns"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "backfills_newest" ON "backfills" USING btree ("workspace_id","created_at","id");--> statement-breakpoint
CREATE INDEX "backfills_under_way" ON "backfills" USING btree ("touched_at") WHERE state in ('counting', 'running');--> statement-breakpoint
CREATE INDEX "backfills_watching" ON "backfills" USING btree ("workspace_id") WHERE next_pass_at is not null;