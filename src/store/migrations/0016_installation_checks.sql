CREATE TABLE "installation_checks" (
	"workspace_id" text PRIMARY KEY NOT NULL,
	"missing_scopes" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"told" jsonb,
	"tried_at" timestamp (3) with time zone
);
--> statement-breakpoint
ALTER TABLE "api_tokens" ADD COLUMN "signed_with" text;--> statement-breakpoint
ALTER TABLE "installation_checks" ADD CONSTRAINT "installation_checks_workspace_id_installations_workspace_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."installations"("workspace_id") ON DELETE cascade ON UPDATE no action;