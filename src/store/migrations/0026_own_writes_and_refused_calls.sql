CREATE TABLE "own_writes" (
	"workspace_id" text NOT NULL,
	"id" uuid PRIMARY KEY NOT NULL,
	"subject" text NOT NULL,
	"written" jsonb NOT NULL,
	"shown" jsonb,
	"updated_at" timestamp (3) with time zone,
	"answered_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "installation_checks" ADD COLUMN "refused" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
CREATE INDEX "own_writes_of" ON "own_writes" USING btree ("workspace_id","subject");--> statement-breakpoint
CREATE INDEX "own_writes_age" ON "own_writes" USING btree ("created_at");