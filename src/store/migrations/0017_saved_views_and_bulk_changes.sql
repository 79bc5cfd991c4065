CREATE TABLE "bulk_change_rows" (
	"workspace_id" text NOT NULL,
	"bulk_id" uuid NOT NULL,
	"line" integer NOT NULL,
	"reward_id" uuid NOT NULL,
	"outcome" text,
	"problem" text,
	CONSTRAINT "bulk_change_rows_workspace_id_bulk_id_line_pk" PRIMARY KEY("workspace_id","bulk_id","line")
);
--> statement-breakpoint
CREATE TABLE "bulk_changes" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" text NOT NULL,
	"change" text NOT NULL,
	"state" text NOT NULL,
	"rows" integer NOT NULL,
	"place" integer DEFAULT 0 NOT NULL,
	"reference" text,
	"reason" text,
	"actor" jsonb,
	"change_id" uuid NOT NULL,
	"step" integer DEFAULT 0 NOT NULL,
	"trouble" text,
	"started_at" timestamp (3) with time zone NOT NULL,
	"touched_at" timestamp (3) with time zone NOT NULL,
	"finished_at" timestamp (3) with time zone,
	CONSTRAINT "bulk_changes_in_workspace" UNIQUE("workspace_id","id"),
	CONSTRAINT "bulk_changes_state" CHECK (state in ('checking', 'ready', 'running', 'done', 'failed', 'canceled'))
);
--> statement-breakpoint
CREATE TABLE "saved_views" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" text NOT NULL,
	"list" text NOT NULL,
	"name" text NOT NULL,
	"query" jsonb NOT NULL,
	"teammate_id" text,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "bulk_change_rows" ADD CONSTRAINT "bulk_change_rows_workspace_id_bulk_id_bulk_changes_workspace_id_id_fk" FOREIGN KEY ("workspace_id","bulk_id") REFERENCES "public"."bulk_changes"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "saved_views" ADD CONSTRAINT "saved_views_workspace_id_installations_workspace_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."installations"("workspace_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "bulk_changes_under_way" ON "bulk_changes" USING btree ("touched_at") WHERE state in ('checking', 'running');--> statement-breakpoint
CREATE INDEX "bulk_changes_age" ON "bulk_changes" USING btree ("started_at");--> statement-breakpoint
CREATE INDEX "saved_views_of" ON "saved_views" USING btree ("workspace_id","list");