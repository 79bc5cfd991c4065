DROP INDEX "deliveries_unhandled";--> statement-breakpoint
CREATE INDEX "deliveries_waiting" ON "deliveries" USING btree ("workspace_id","id") WHERE state = 'received';