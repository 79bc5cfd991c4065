DROP INDEX "runs_of_subject";--> statement-breakpoint
CREATE INDEX "runs_paused" ON "runs" USING btree ("workspace_id","paused_for","due_at") WHERE state = 'waiting';--> statement-breakpoint
CREATE INDEX "runs_of_subject" ON "runs" USING btree ("workspace_id","subject","seq") WHERE state = 'waiting';