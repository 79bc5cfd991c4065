CREATE INDEX "people_in_order_of_name" ON "people" USING btree ("workspace_id",lower(coalesce("name", '')),"id");--> statement-breakpoint
CREATE INDEX "people_in_order_of_email" ON "people" USING btree ("workspace_id",coalesce("email", ''),"id");--> statement-breakpoint
CREATE INDEX "people_in_order_of_external_id" ON "people" USING btree ("workspace_id",coalesce("external_id", ''),"id");