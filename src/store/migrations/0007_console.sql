CREATE TABLE "audit_log" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"workspace_id" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"actor" text NOT NULL,
	"actor_id" text,
	"actor_name" text NOT NULL,
	"what" text NOT NULL,
	"details" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"id" text PRIMARY KEY NOT NULL,
	"workspace_id" text NOT NULL,
	"teammate_id" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"last_seen_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"browser" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "teammates" (
	"workspace_id" text NOT NULL,
	"teammate_id" text NOT NULL,
	"name" text NOT NULL,
	"email" text NOT NULL,
	"role" text NOT NULL,
	"added_at" timestamp (3) with time zone NOT NULL,
	"removed_at" timestamp (3) with time zone,
	"checked_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "teammates_workspace_id_teammate_id_pk" PRIMARY KEY("workspace_id","teammate_id"),
	CONSTRAINT "teammates_role" CHECK (role in ('viewer', 'administrator'))
);
--> statement-breakpoint
ALTER TABLE "api_tokens" ADD COLUMN "last_used_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_workspace_id_teammate_id_teammates_workspace_id_teammate_id_fk" FOREIGN KEY ("workspace_id","teammate_id") REFERENCES "public"."teammates"("workspace_id","teammate_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "teammates" ADD CONSTRAINT "teammates_workspace_id_installations_workspace_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."installations"("workspace_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "audit_log_newest" ON "audit_log" USING btree ("workspace_id","id");--> statement-breakpoint
CREATE INDEX "sessions_of" ON "sessions" USING btree ("workspace_id","teammate_id");--> statement-breakpoint
CREATE INDEX "sessions_expiry" ON "sessions" USING btree ("expires_at");