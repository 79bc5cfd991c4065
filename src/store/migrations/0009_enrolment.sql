CREATE TABLE "enrolments" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" text NOT NULL,
	"side" text NOT NULL,
	"campaign_id" uuid NOT NULL,
	"person_id" uuid NOT NULL,
	"referral_id" uuid,
	"referrer_id" uuid,
	"state" text NOT NULL,
	"round" integer DEFAULT 0 NOT NULL,
	"contact_id" text,
	"outcome" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"changed_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "enrolments_in_workspace" UNIQUE("workspace_id","id"),
	CONSTRAINT "enrolments_once_a_referral" UNIQUE("workspace_id","referral_id"),
	CONSTRAINT "enrolments_once_a_referrer" UNIQUE("workspace_id","referrer_id"),
	CONSTRAINT "enrolments_of_one_side" CHECK ((side = 'leads' and referral_id is not null and referrer_id is null)
        or (side = 'referrers' and referrer_id is not null and referral_id is null)),
	CONSTRAINT "enrolments_state" CHECK (state in ('setup-required', 'planned', 'done', 'skipped', 'review', 'failed'))
);
--> statement-breakpoint
CREATE TABLE "review_candidates" (
	"workspace_id" text NOT NULL,
	"contact_id" text NOT NULL,
	"review_id" uuid NOT NULL,
	CONSTRAINT "review_candidates_workspace_id_contact_id_review_id_pk" PRIMARY KEY("workspace_id","contact_id","review_id")
);
--> statement-breakpoint
CREATE TABLE "reviews" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" text NOT NULL,
	"enrolment_id" uuid NOT NULL,
	"why" text NOT NULL,
	"draft" jsonb NOT NULL,
	"candidates" jsonb NOT NULL,
	"decision" jsonb,
	"decided_by" jsonb,
	"asked_at" timestamp (3) with time zone NOT NULL,
	"decided_at" timestamp (3) with time zone,
	CONSTRAINT "reviews_in_workspace" UNIQUE("workspace_id","id")
);
--> statement-breakpoint
ALTER TABLE "referrals" ADD COLUMN "extra" jsonb;--> statement-breakpoint
ALTER TABLE "referrers" ADD COLUMN "extra" jsonb;--> statement-breakpoint
ALTER TABLE "enrolments" ADD CONSTRAINT "enrolments_workspace_id_campaign_id_campaigns_workspace_id_id_fk" FOREIGN KEY ("workspace_id","campaign_id") REFERENCES "public"."campaigns"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "enrolments" ADD CONSTRAINT "enrolments_workspace_id_person_id_people_workspace_id_id_fk" FOREIGN KEY ("workspace_id","person_id") REFERENCES "public"."people"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "enrolments" ADD CONSTRAINT "enrolments_workspace_id_referral_id_referrals_workspace_id_id_fk" FOREIGN KEY ("workspace_id","referral_id") REFERENCES "public"."referrals"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "enrolments" ADD CONSTRAINT "enrolments_workspace_id_referrer_id_referrers_workspace_id_id_fk" FOREIGN KEY ("workspace_id","referrer_id") REFERENCES "public"."referrers"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "review_candidates" ADD CONSTRAINT "review_candidates_workspace_id_review_id_reviews_workspace_id_id_fk" FOREIGN KEY ("workspace_id","review_id") REFERENCES "public"."reviews"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reviews" ADD CONSTRAINT "reviews_workspace_id_enrolment_id_enrolments_workspace_id_id_fk" FOREIGN KEY ("workspace_id","enrolment_id") REFERENCES "public"."enrolments"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "enrolments_newest" ON "enrolments" USING btree ("workspace_id","created_at","id");--> statement-breakpoint
CREATE INDEX "enrolments_of_person" ON "enrolments" USING btree ("workspace_id","person_id");--> statement-breakpoint
CREATE INDEX "enrolments_waiting" ON "enrolments" USING btree ("workspace_id","campaign_id","side") WHERE state = 'setup-required';--> statement-breakpoint
CREATE INDEX "review_candidates_of" ON "review_candidates" USING btree ("workspace_id","review_id");--> statement-breakpoint
CREATE UNIQUE INDEX "reviews_one_open" ON "reviews" USING btree ("workspace_id","enrolment_id") WHERE decided_at is null;--> statement-breakpoint
CREATE INDEX "reviews_newest" ON "reviews" USING btree ("workspace_id","asked_at","id");