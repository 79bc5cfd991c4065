CREATE TABLE "rule_readings" (
	"workspace_id" text NOT NULL,
	"rule_id" uuid NOT NULL,
	"after" uuid,
	"read" integer NOT NULL,
	"total" integer NOT NULL,
	"trouble" text,
	"started_at" timestamp (3) with time zone NOT NULL,
	"touched_at" timestamp (3) with time zone NOT NULL,
	"finished_at" timestamp (3) with time zone,
	CONSTRAINT "rule_readings_workspace_id_rule_id_pk" PRIMARY KEY("workspace_id","rule_id")
);
--> statement-breakpoint
ALTER TABLE "rule_readings" ADD CONSTRAINT "rule_readings_workspace_id_rule_id_rules_workspace_id_id_fk" FOREIGN KEY ("workspace_id","rule_id") REFERENCES "public"."rules"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "rule_readings_open" ON "rule_readings" USING btree ("touched_at");