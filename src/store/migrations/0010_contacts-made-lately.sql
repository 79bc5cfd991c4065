CREATE TABLE "made_contacts" (
	"workspace_id" text NOT NULL,
	"key" text NOT NULL,
	"contact_id" text NOT NULL,
	"made_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "made_contacts_workspace_id_key_pk" PRIMARY KEY("workspace_id","key")
);
--> statement-breakpoint
CREATE INDEX "made_contacts_of" ON "made_contacts" USING btree ("workspace_id","contact_id");--> statement-breakpoint
CREATE INDEX "made_contacts_age" ON "made_contacts" USING btree ("made_at");