DROP INDEX "audit_log_newest";--> statement-breakpoint
DROP INDEX "audit_log_of_subject";--> statement-breakpoint
CREATE INDEX "audit_log_newest" ON "audit_log" USING btree ("workspace_id","at","id");--> statement-breakpoint
CREATE INDEX "audit_log_of_subject" ON "audit_log" USING btree ("workspace_id","subject_type","subject_id","at","id");