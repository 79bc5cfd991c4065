-- The console counts in covering indexes, and PostgreSQL has to visit the table for each row that changed since the last
-- vacuum. By default that may be a fifth of a table: counts then take up to four times as long.
ALTER TABLE "referrals" SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02);--> statement-breakpoint
ALTER TABLE "rewards" SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02);--> statement-breakpoint
ALTER TABLE "click_days" SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02);
