CREATE TABLE "alert_channels" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" text NOT NULL,
	"name" text NOT NULL,
	"sealed_url" text NOT NULL,
	"topics" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "alert_choices" (
	"workspace_id" text NOT NULL,
	"teammate_id" text NOT NULL,
	"topics" jsonb NOT NULL,
	CONSTRAINT "alert_choices_workspace_id_teammate_id_pk" PRIMARY KEY("workspace_id","teammate_id")
);
--> statement-breakpoint
CREATE TABLE "alerts_told" (
	"workspace_id" text PRIMARY KEY NOT NULL,
	"marks" jsonb NOT NULL
);
--> statement-breakpoint
ALTER TABLE "alert_channels" ADD CONSTRAINT "alert_channels_workspace_id_installations_workspace_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."installations"("workspace_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "alert_choices" ADD CONSTRAINT "alert_choices_workspace_id_teammate_id_teammates_workspace_id_teammate_id_fk" FOREIGN KEY ("workspace_id","teammate_id") REFERENCES "public"."teammates"("workspace_id","teammate_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "alerts_told" ADD CONSTRAINT "alerts_told_workspace_id_installations_workspace_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."installations"("workspace_id") ON DELETE no action ON UPDATE no action;