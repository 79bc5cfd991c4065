CREATE TABLE "people_import_rows" (
	"workspace_id" text NOT NULL,
	"import_id" uuid NOT NULL,
	"seq" integer NOT NULL,
	"line" integer NOT NULL,
	"cells" jsonb NOT NULL,
	"identity" text,
	"outcome" text,
	"reason" text,
	"subject_id" uuid,
	"person_id" uuid,
	"is_new_person" boolean DEFAULT false NOT NULL,
	CONSTRAINT "people_import_rows_workspace_id_import_id_seq_pk" PRIMARY KEY("workspace_id","import_id","seq")
);
--> statement-breakpoint
CREATE TABLE "people_imports" (
	"workspace_id" text NOT NULL,
	"id" uuid NOT NULL,
	"campaign_id" uuid NOT NULL,
	"purpose" text NOT NULL,
	"name" text NOT NULL,
	"state" text NOT NULL,
	"failed_in" text,
	"step" integer DEFAULT 0 NOT NULL,
	"columns" jsonb NOT NULL,
	"mapping" jsonb NOT NULL,
	"rows" integer DEFAULT 0 NOT NULL,
	"counts" jsonb NOT NULL,
	"wanted" integer DEFAULT 0 NOT NULL,
	"trouble" text,
	"created_by" text NOT NULL,
	"actor" jsonb,
	"created_at" timestamp (3) with time zone NOT NULL,
	"touched_at" timestamp (3) with time zone NOT NULL,
	"finished_at" timestamp (3) with time zone,
	CONSTRAINT "people_imports_workspace_id_id_pk" PRIMARY KEY("workspace_id","id"),
	CONSTRAINT "people_imports_state" CHECK (state in ('receiving', 'unmapped', 'checking', 'checked', 'running', 'done', 'undoing', 'undone', 'canceled', 'failed'))
);
--> statement-breakpoint
ALTER TABLE "people_import_rows" ADD CONSTRAINT "people_import_rows_workspace_id_import_id_people_imports_workspace_id_id_fk" FOREIGN KEY ("workspace_id","import_id") REFERENCES "public"."people_imports"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "people_imports" ADD CONSTRAINT "people_imports_workspace_id_campaign_id_campaigns_workspace_id_id_fk" FOREIGN KEY ("workspace_id","campaign_id") REFERENCES "public"."campaigns"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "people_import_rows_by_outcome" ON "people_import_rows" USING btree ("workspace_id","import_id","outcome","seq");--> statement-breakpoint
CREATE INDEX "people_import_rows_of_identity" ON "people_import_rows" USING btree ("workspace_id","identity","import_id","seq");--> statement-breakpoint
CREATE INDEX "people_import_rows_of_person" ON "people_import_rows" USING btree ("workspace_id","person_id");--> statement-breakpoint
CREATE INDEX "people_imports_newest" ON "people_imports" USING btree ("workspace_id","created_at","id");--> statement-breakpoint
CREATE INDEX "people_imports_under_way" ON "people_imports" USING btree ("touched_at") WHERE state in ('checking', 'running', 'undoing');