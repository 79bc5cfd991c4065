CREATE TABLE "click_counts" (
	"workspace_id" text NOT NULL,
	"referrer_id" uuid NOT NULL,
	"clicks" integer NOT NULL,
	CONSTRAINT "click_counts_workspace_id_referrer_id_pk" PRIMARY KEY("workspace_id","referrer_id")
);
--> statement-breakpoint
CREATE TABLE "housekeeping" (
	"task" text PRIMARY KEY NOT NULL,
	"up_to" bigint NOT NULL
);
--> statement-breakpoint
ALTER TABLE "click_counts" ADD CONSTRAINT "click_counts_workspace_id_referrer_id_referrers_workspace_id_id_fk" FOREIGN KEY ("workspace_id","referrer_id") REFERENCES "public"."referrers"("workspace_id","id") ON DELETE no action ON UPDATE no action;