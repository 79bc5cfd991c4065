CREATE TABLE "assistant_changes" (
	"workspace_id" text NOT NULL,
	"caller" text NOT NULL,
	"key" text NOT NULL,
	"tool" text NOT NULL,
	"digest" text NOT NULL,
	"result" jsonb,
	"at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "assistant_changes_workspace_id_caller_key_pk" PRIMARY KEY("workspace_id","caller","key")
);
--> statement-breakpoint
CREATE TABLE "assistant_grants" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" text NOT NULL,
	"teammate_id" text NOT NULL,
	"client_id" text NOT NULL,
	"client_name" text NOT NULL,
	"client_host" text NOT NULL,
	"scopes" jsonb NOT NULL,
	"resource" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"last_used_at" timestamp (3) with time zone,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone,
	CONSTRAINT "assistant_grants_in_workspace" UNIQUE("workspace_id","id")
);
--> statement-breakpoint
CREATE TABLE "assistant_tokens" (
	"id" text PRIMARY KEY NOT NULL,
	"workspace_id" text NOT NULL,
	"grant_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"used_at" timestamp (3) with time zone,
	"redirect_uri" text,
	"code_challenge" text,
	CONSTRAINT "assistant_tokens_kind" CHECK (kind in ('code', 'access', 'refresh'))
);
--> statement-breakpoint
CREATE TABLE "oauth_clients" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"redirect_uris" jsonb NOT NULL,
	"is_document" boolean NOT NULL,
	"read_at" timestamp (3) with time zone NOT NULL,
	"used_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "oauth_requests" (
	"id" text PRIMARY KEY NOT NULL,
	"client_id" text NOT NULL,
	"redirect_uri" text NOT NULL,
	"scopes" jsonb NOT NULL,
	"state" text,
	"code_challenge" text NOT NULL,
	"browser" text NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "api_tokens" ADD COLUMN "assistants_may_write" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "assistant_grants" ADD CONSTRAINT "assistant_grants_workspace_id_teammate_id_teammates_workspace_id_teammate_id_fk" FOREIGN KEY ("workspace_id","teammate_id") REFERENCES "public"."teammates"("workspace_id","teammate_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "assistant_tokens" ADD CONSTRAINT "assistant_tokens_workspace_id_grant_id_assistant_grants_workspace_id_id_fk" FOREIGN KEY ("workspace_id","grant_id") REFERENCES "public"."assistant_grants"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "assistant_changes_of_day" ON "assistant_changes" USING btree ("workspace_id","at");--> statement-breakpoint
CREATE INDEX "assistant_changes_age" ON "assistant_changes" USING btree ("at");--> statement-breakpoint
CREATE INDEX "assistant_grants_of" ON "assistant_grants" USING btree ("workspace_id","teammate_id");--> statement-breakpoint
CREATE INDEX "assistant_grants_expiry" ON "assistant_grants" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "assistant_tokens_of" ON "assistant_tokens" USING btree ("workspace_id","grant_id");--> statement-breakpoint
CREATE INDEX "assistant_tokens_expiry" ON "assistant_tokens" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "oauth_clients_age" ON "oauth_clients" USING btree ("read_at");--> statement-breakpoint
CREATE INDEX "oauth_requests_expiry" ON "oauth_requests" USING btree ("expires_at");