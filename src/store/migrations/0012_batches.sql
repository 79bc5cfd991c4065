CREATE TABLE "batch_rows" (
	"workspace_id" text NOT NULL,
	"batch_id" uuid NOT NULL,
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
	"asked_at" timestamp (3) with time zone,
	"due_at" timestamp (3) with time zone,
	CONSTRAINT "batch_rows_workspace_id_batch_id_line_pk" PRIMARY KEY("workspace_id","batch_id","line")
);
--> statement-breakpoint
CREATE TABLE "batches" (
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
	CONSTRAINT "batches_workspace_id_id_pk" PRIMARY KEY("workspace_id","id"),
	CONSTRAINT "batches_once" UNIQUE("workspace_id","upload_key")
);
--> statement-breakpoint
ALTER TABLE "batch_rows" ADD CONSTRAINT "batch_rows_workspace_id_batch_id_batches_workspace_id_id_fk" FOREIGN KEY ("workspace_id","batch_id") REFERENCES "public"."batches"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "batch_rows_open" ON "batch_rows" USING btree ("workspace_id","batch_id","line") WHERE state in ('waiting', 'asked');--> statement-breakpoint
CREATE INDEX "batch_rows_of_identity" ON "batch_rows" USING btree ("workspace_id","identity","batch_id","line");--> statement-breakpoint
CREATE INDEX "batch_rows_bad" ON "batch_rows" USING btree ("workspace_id","batch_id","line") WHERE state in ('failed', 'invalid');--> statement-breakpoint
CREATE INDEX "batches_newest" ON "batches" USING btree ("workspace_id","created_at","id");--> statement-breakpoint
CREATE INDEX "batches_open" ON "batches" USING btree ("due_at") WHERE state in ('running', 'receiving');