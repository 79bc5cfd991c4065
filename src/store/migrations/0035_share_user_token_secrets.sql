CREATE TABLE "user_token_secrets" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" text NOT NULL,
	"sealed_secret" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "user_token_secrets" ADD CONSTRAINT "user_token_secrets_workspace_id_installations_workspace_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."installations"("workspace_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "user_token_secrets_workspace" ON "user_token_secrets" USING btree ("workspace_id");--> statement-breakpoint
-- A workspace that has set one for the Messenger and another for Fin keeps both.
INSERT INTO "user_token_secrets" ("id", "workspace_id", "sealed_secret", "created_at")
SELECT gen_random_uuid(), "workspace_id", "sealed_secret", "created_at" FROM "messenger_secrets"
UNION ALL SELECT gen_random_uuid(), "workspace_id", "sealed_secret", "created_at" FROM "fin_user_secrets";--> statement-breakpoint
DROP TABLE "fin_user_secrets";--> statement-breakpoint
DROP TABLE "messenger_secrets";
