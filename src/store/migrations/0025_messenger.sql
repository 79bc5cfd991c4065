CREATE TABLE "messenger_secrets" (
	"workspace_id" text PRIMARY KEY NOT NULL,
	"sealed_secret" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "messenger_wordings" (
	"workspace_id" text NOT NULL,
	"campaign_id" uuid NOT NULL,
	"language" text NOT NULL,
	"words" jsonb NOT NULL,
	CONSTRAINT "messenger_wordings_workspace_id_campaign_id_language_pk" PRIMARY KEY("workspace_id","campaign_id","language")
);
--> statement-breakpoint
CREATE TABLE "named_friends" (
	"workspace_id" text NOT NULL,
	"referrer_id" uuid NOT NULL,
	"person_id" uuid NOT NULL,
	"contact_id" text NOT NULL,
	"name" text,
	"named_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "named_friends_workspace_id_referrer_id_person_id_pk" PRIMARY KEY("workspace_id","referrer_id","person_id")
);
--> statement-breakpoint
CREATE TABLE "share_days" (
	"workspace_id" text NOT NULL,
	"referrer_id" uuid NOT NULL,
	"day" date NOT NULL,
	"channel" text NOT NULL,
	"shares" integer NOT NULL,
	CONSTRAINT "share_days_workspace_id_referrer_id_day_channel_pk" PRIMARY KEY("workspace_id","referrer_id","day","channel")
);
--> statement-breakpoint
ALTER TABLE "messenger_secrets" ADD CONSTRAINT "messenger_secrets_workspace_id_installations_workspace_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."installations"("workspace_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "messenger_wordings" ADD CONSTRAINT "messenger_wordings_workspace_id_campaign_id_campaigns_workspace_id_id_fk" FOREIGN KEY ("workspace_id","campaign_id") REFERENCES "public"."campaigns"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "named_friends" ADD CONSTRAINT "named_friends_workspace_id_referrer_id_referrers_workspace_id_id_fk" FOREIGN KEY ("workspace_id","referrer_id") REFERENCES "public"."referrers"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "named_friends" ADD CONSTRAINT "named_friends_workspace_id_person_id_people_workspace_id_id_fk" FOREIGN KEY ("workspace_id","person_id") REFERENCES "public"."people"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "share_days" ADD CONSTRAINT "share_days_workspace_id_referrer_id_referrers_workspace_id_id_fk" FOREIGN KEY ("workspace_id","referrer_id") REFERENCES "public"."referrers"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "named_friends_by_contact" ON "named_friends" USING btree ("workspace_id","contact_id","named_at");--> statement-breakpoint
CREATE INDEX "named_friends_by_person" ON "named_friends" USING btree ("workspace_id","person_id");