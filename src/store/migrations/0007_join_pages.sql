ALTER TABLE "campaigns" ALTER COLUMN "destination_url" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "campaigns" ADD COLUMN "slug" text DEFAULT gen_random_uuid()::text NOT NULL;--> statement-breakpoint
ALTER TABLE "campaigns" ADD COLUMN "join_page" jsonb DEFAULT '{"open": true, "text": null, "color": null, "consent": null}'::jsonb NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX "campaigns_by_slug" ON "campaigns" USING btree ("slug");--> statement-breakpoint
-- Campaigns of the built-in program get an address made of their name, as new ones do.
UPDATE "campaigns" SET "slug" = named."slug" FROM (
  SELECT "id", "base" || CASE WHEN row_number() OVER (PARTITION BY "base" ORDER BY "created_at", "id") = 1 THEN ''
    ELSE '-' || left("id"::text, 8) END AS "slug"
  FROM (
    SELECT "id", "created_at",
      coalesce(nullif(trim(both '-' from left(regexp_replace(lower("name"), '[^a-z0-9]+', '-', 'g'), 50)), ''), 'campaign') AS "base"
    FROM "campaigns" WHERE "platform" = 'built-in'
  ) "bases"
) named
WHERE "campaigns"."id" = named."id";
