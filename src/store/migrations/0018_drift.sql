CREATE TABLE "drift_reports" (
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
	CONSTRAINT "drift_reports_in_workspace" UNIQUE("workspace_id","id"),
	CONSTRAINT "drift_reports_state" CHECK (state in ('running', 'repairing', 'done', 'failed'))
);
--> statement-breakpoint
CREATE TABLE "drift_rows" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"workspace_id" text NOT NULL,
	"report_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"person_id" uuid,
	"contact_id" text,
	"differences" jsonb NOT NULL,
	"repair" text NOT NULL,
	"state" text NOT NULL,
	CONSTRAINT "drift_rows_kind" CHECK (kind in ('missing', 'different', 'orphaned', 'unlinked')),
	CONSTRAINT "drift_rows_state" CHECK (state in ('found', 'chosen', 'planned'))
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
	"drift_id" uuid,
	"trouble" text,
	"started_at" timestamp (3) with time zone NOT NULL,
	"touched_at" timestamp (3) with time zone NOT NULL,
	"finished_at" timestamp (3) with time zone,
	CONSTRAINT "recoveries_in_workspace" UNIQUE("workspace_id","id"),
	CONSTRAINT "recoveries_state" CHECK (state in ('running', 'done', 'failed'))
);
--> statement-breakpoint
ALTER TABLE "drift_reports" ADD CONSTRAINT "drift_reports_workspace_id_campaign_id_campaigns_workspace_id_id_fk" FOREIGN KEY ("workspace_id","campaign_id") REFERENCES "public"."campaigns"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "drift_rows" ADD CONSTRAINT "drift_rows_workspace_id_report_id_drift_reports_workspace_id_id_fk" FOREIGN KEY ("workspace_id","report_id") REFERENCES "public"."drift_reports"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "drift_reports_newest" ON "drift_reports" USING btree ("workspace_id","started_at","id");--> statement-breakpoint
CREATE INDEX "drift_reports_under_way" ON "drift_reports" USING btree ("touched_at") WHERE state in ('running', 'repairing');--> statement-breakpoint
CREATE INDEX "drift_rows_of" ON "drift_rows" USING btree ("workspace_id","report_id","kind","id");--> statement-breakpoint
CREATE INDEX "drift_rows_chosen" ON "drift_rows" USING btree ("workspace_id","report_id","id") WHERE state = 'chosen';--> statement-breakpoint
CREATE INDEX "drift_rows_of_person" ON "drift_rows" USING btree ("workspace_id","person_id");--> statement-breakpoint
CREATE INDEX "drift_rows_of_contact" ON "drift_rows" USING btree ("workspace_id","contact_id");--> statement-breakpoint
CREATE INDEX "recoveries_newest" ON "recoveries" USING btree ("workspace_id","started_at","id");--> statement-breakpoint
CREATE INDEX "recoveries_under_way" ON "recoveries" USING btree ("touched_at") WHERE state = 'running';--> statement-breakpoint
CREATE UNIQUE INDEX "recoveries_one_at_a_time" ON "recoveries" USING btree ("workspace_id") WHERE state = 'running';