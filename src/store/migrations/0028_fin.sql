CREATE TABLE "fin_connectors" (
	"workspace_id" text NOT NULL,
	"name" text NOT NULL,
	"connector_id" text NOT NULL,
	"key_id" uuid NOT NULL,
	"state" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "fin_connectors_workspace_id_name_pk" PRIMARY KEY("workspace_id","name")
);
--> statement-breakpoint
CREATE TABLE "fin_days" (
	"workspace_id" text NOT NULL,
	"day" date NOT NULL,
	"question" text NOT NULL,
	"outcome" text NOT NULL,
	"requests" integer NOT NULL,
	"slow" integer NOT NULL,
	CONSTRAINT "fin_days_workspace_id_day_question_outcome_pk" PRIMARY KEY("workspace_id","day","question","outcome")
);
--> statement-breakpoint
CREATE TABLE "fin_keys" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" text NOT NULL,
	"name" text NOT NULL,
	"hash" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"revoked_at" timestamp (3) with time zone,
	"last_used_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "fin_requests" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" text NOT NULL,
	"purpose" text NOT NULL,
	"person_id" uuid NOT NULL,
	"deduplication_key" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "fin_requests_once" UNIQUE("workspace_id","purpose","deduplication_key"),
	CONSTRAINT "fin_requests_purpose" CHECK (purpose in ('resend-link', 'missing-referral'))
);
--> statement-breakpoint
CREATE TABLE "fin_user_secrets" (
	"workspace_id" text PRIMARY KEY NOT NULL,
	"sealed_secret" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "reviews" DROP CONSTRAINT "reviews_of_one_kind";--> statement-breakpoint
ALTER TABLE "reviews" ADD COLUMN "reporter_id" uuid;--> statement-breakpoint
ALTER TABLE "reviews" ADD COLUMN "campaign_id" uuid;--> statement-breakpoint
ALTER TABLE "reviews" ADD COLUMN "friend_email" text;--> statement-breakpoint
ALTER TABLE "reviews" ADD COLUMN "said" text;--> statement-breakpoint
ALTER TABLE "fin_connectors" ADD CONSTRAINT "fin_connectors_workspace_id_installations_workspace_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."installations"("workspace_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "fin_days" ADD CONSTRAINT "fin_days_workspace_id_installations_workspace_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."installations"("workspace_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "fin_keys" ADD CONSTRAINT "fin_keys_workspace_id_installations_workspace_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."installations"("workspace_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "fin_requests" ADD CONSTRAINT "fin_requests_workspace_id_person_id_people_workspace_id_id_fk" FOREIGN KEY ("workspace_id","person_id") REFERENCES "public"."people"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "fin_user_secrets" ADD CONSTRAINT "fin_user_secrets_workspace_id_installations_workspace_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."installations"("workspace_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "fin_keys_by_hash" ON "fin_keys" USING btree ("hash");--> statement-breakpoint
CREATE INDEX "fin_keys_workspace" ON "fin_keys" USING btree ("workspace_id");--> statement-breakpoint
CREATE INDEX "fin_requests_of_person" ON "fin_requests" USING btree ("workspace_id","person_id","purpose","at");--> statement-breakpoint
CREATE INDEX "fin_requests_by_time" ON "fin_requests" USING btree ("workspace_id","purpose","at");--> statement-breakpoint
ALTER TABLE "reviews" ADD CONSTRAINT "reviews_workspace_id_reporter_id_people_workspace_id_id_fk" FOREIGN KEY ("workspace_id","reporter_id") REFERENCES "public"."people"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reviews" ADD CONSTRAINT "reviews_workspace_id_campaign_id_campaigns_workspace_id_id_fk" FOREIGN KEY ("workspace_id","campaign_id") REFERENCES "public"."campaigns"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "reviews_of_reporter" ON "reviews" USING btree ("workspace_id","reporter_id") WHERE reporter_id is not null;--> statement-breakpoint
CREATE INDEX "contacts_by_external_id" ON "contacts" USING btree ("workspace_id",(values ->> 'external_id'));--> statement-breakpoint
ALTER TABLE "reviews" ADD CONSTRAINT "reviews_of_one_kind" CHECK (enrollment_id is not null and draft is not null and referral_id is null and reporter_id is null
        or referral_id is not null and hints is not null and enrollment_id is null and reporter_id is null
        or reporter_id is not null and campaign_id is not null and enrollment_id is null and referral_id is null);