DROP INDEX "runs_given_up";--> statement-breakpoint
ALTER TABLE "deliveries" ADD COLUMN "dismissed_because" text;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "dismissed_because" text;--> statement-breakpoint
CREATE INDEX "runs_given_up" ON "runs" USING btree ("workspace_id","state","seq") WHERE state in ('failed', 'dismissed', 'canceled');