CREATE TABLE "contact_reservations" (
	"workspace_id" text NOT NULL,
	"key" text NOT NULL,
	"holder" text NOT NULL,
	"attempt_id" text,
	"held_until" timestamp (3) with time zone NOT NULL,
	"role" text NOT NULL,
	"unsettled_at" timestamp (3) with time zone,
	"unsettled_role" text,
	CONSTRAINT "contact_reservations_workspace_id_key_pk" PRIMARY KEY("workspace_id","key")
);
--> statement-breakpoint
CREATE INDEX "contact_reservations_age" ON "contact_reservations" USING btree ("held_until");