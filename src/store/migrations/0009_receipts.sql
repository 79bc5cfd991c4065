CREATE TABLE "receipt_files" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" text NOT NULL,
	"name" text NOT NULL,
	"state" text NOT NULL,
	"place" integer DEFAULT 0 NOT NULL,
	"actor" jsonb,
	"change_id" uuid NOT NULL,
	"step" integer DEFAULT 0 NOT NULL,
	"trouble" text,
	"uploaded_at" timestamp (3) with time zone NOT NULL,
	"touched_at" timestamp (3) with time zone NOT NULL,
	"finished_at" timestamp (3) with time zone,
	CONSTRAINT "receipt_files_in_workspace" UNIQUE("workspace_id","id")
);
--> statement-breakpoint
CREATE TABLE "receipt_rows" (
	"workspace_id" text NOT NULL,
	"file_id" uuid NOT NULL,
	"line" integer NOT NULL,
	"reward_id" uuid,
	"reference" text,
	"amount" text,
	"outcome" text NOT NULL,
	"problem" text,
	CONSTRAINT "receipt_rows_workspace_id_file_id_line_pk" PRIMARY KEY("workspace_id","file_id","line")
);
--> statement-breakpoint
ALTER TABLE "rewards" ALTER COLUMN "amount" SET DATA TYPE text;--> statement-breakpoint
ALTER TABLE "receipt_rows" ADD CONSTRAINT "receipt_rows_workspace_id_file_id_receipt_files_workspace_id_id_fk" FOREIGN KEY ("workspace_id","file_id") REFERENCES "public"."receipt_files"("workspace_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "receipt_files_under_way" ON "receipt_files" USING btree ("touched_at") WHERE state = 'running';--> statement-breakpoint
CREATE INDEX "receipt_files_age" ON "receipt_files" USING btree ("uploaded_at");--> statement-breakpoint
CREATE INDEX "receipt_rows_of_outcome" ON "receipt_rows" USING btree ("workspace_id","file_id","outcome","line");--> statement-breakpoint
CREATE INDEX "receipt_rows_of_reward" ON "receipt_rows" USING btree ("workspace_id","reward_id");