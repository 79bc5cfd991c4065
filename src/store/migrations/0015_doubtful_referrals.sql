ALTER TABLE "reviews" ALTER COLUMN "enrollment_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "reviews" ALTER COLUMN "draft" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "reviews" ADD COLUMN "referral_id" uuid;--> statement-breakpoint
ALTER TABLE "reviews" ADD COLUMN "hints" jsonb;--> statement-breakpoint
ALTER TABLE "people" ADD COLUMN "mailbox" text GENERATED ALWAYS AS (case when email ~ '^[^@]+@[^@]+$' then case
        when split_part(email, '@', 2) in ('gmail.com', 'googlemail.com')
        then replace(regexp_replace(split_part(email, '@', 1), '^([^+]+)\+.*$', '\1'), '.', '') || '@gmail.com'
        else regexp_replace(split_part(email, '@', 1), '^([^+]+)\+.*$', '\1') || '@' || split_part(email, '@', 2)
      end end) STORED;--> statement-breakpoint
ALTER TABLE "reviews" ADD CONSTRAINT "reviews_workspace_id_referral_id_referrals_workspace_id_id_fk" FOREIGN KEY ("workspace_id","referral_id") REFERENCES "public"."referrals"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "reviews_one_open_a_referral" ON "reviews" USING btree ("workspace_id","referral_id") WHERE decided_at is null and referral_id is not null;--> statement-breakpoint
CREATE INDEX "reviews_of_referral" ON "reviews" USING btree ("workspace_id","referral_id") WHERE referral_id is not null;--> statement-breakpoint
CREATE INDEX "people_by_mailbox" ON "people" USING btree ("workspace_id","mailbox");--> statement-breakpoint
ALTER TABLE "reviews" ADD CONSTRAINT "reviews_of_one_kind" CHECK (enrollment_id is not null and draft is not null and referral_id is null
        or referral_id is not null and hints is not null and enrollment_id is null);