CREATE TABLE "reward_webhooks" (
	"workspace_id" text PRIMARY KEY NOT NULL,
	"sealed_url" text NOT NULL,
	"sealed_secret" text NOT NULL,
	"sealed_previous_secret" text,
	"previous_until" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "campaigns" ADD COLUMN "auto_issue" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "reward_webhooks" ADD CONSTRAINT "reward_webhooks_workspace_id_installations_workspace_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."installations"("workspace_id") ON DELETE no action ON UPDATE no action;