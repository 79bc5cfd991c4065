CREATE TABLE "uncounted_joins" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"workspace_id" text NOT NULL,
	"identity" text NOT NULL,
	"person_id" uuid,
	"campaign_id" uuid,
	"code" text NOT NULL,
	"why" text NOT NULL,
	"day" date NOT NULL,
	"times" integer NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "uncounted_joins_once_a_day" UNIQUE NULLS NOT DISTINCT("workspace_id","identity","code","why","day","campaign_id"),
	CONSTRAINT "uncounted_joins_why" CHECK (why in ('later_code', 'own_code', 'closed', 'unknown_code', 'other_campaign'))
);
--> statement-breakpoint
ALTER TABLE "uncounted_joins" ADD CONSTRAINT "uncounted_joins_workspace_id_campaign_id_campaigns_workspace_id_id_fk" FOREIGN KEY ("workspace_id","campaign_id") REFERENCES "public"."campaigns"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "uncounted_joins_of_person" ON "uncounted_joins" USING btree ("workspace_id","person_id");--> statement-breakpoint
CREATE INDEX "uncounted_joins_by_time" ON "uncounted_joins" USING btree ("at");