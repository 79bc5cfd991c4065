CREATE TABLE "day_count_changes" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"workspace_id" text NOT NULL,
	"campaign_id" uuid NOT NULL,
	"fact" text NOT NULL,
	"day" date NOT NULL,
	"of_referrer" boolean NOT NULL,
	"change" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "day_counts" (
	"workspace_id" text NOT NULL,
	"campaign_id" uuid NOT NULL,
	"fact" text NOT NULL,
	"day" date NOT NULL,
	"of_referrer" boolean NOT NULL,
	"count" integer NOT NULL,
	CONSTRAINT "day_counts_workspace_id_fact_campaign_id_day_of_referrer_pk" PRIMARY KEY("workspace_id","fact","campaign_id","day","of_referrer")
);
--> statement-breakpoint
ALTER TABLE "installations" ADD COLUMN "day_zone" text DEFAULT 'UTC' NOT NULL;--> statement-breakpoint
ALTER TABLE "day_count_changes" ADD CONSTRAINT "day_count_changes_workspace_id_campaign_id_campaigns_workspace_id_id_fk" FOREIGN KEY ("workspace_id","campaign_id") REFERENCES "public"."campaigns"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "day_counts" ADD CONSTRAINT "day_counts_workspace_id_campaign_id_campaigns_workspace_id_id_fk" FOREIGN KEY ("workspace_id","campaign_id") REFERENCES "public"."campaigns"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "day_count_changes_of" ON "day_count_changes" USING btree ("workspace_id");--> statement-breakpoint
-- Days are those of the workspace's time zone, and only of one that PostgreSQL knows.
CREATE FUNCTION find_day_zone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.day_zone := coalesce((SELECT name FROM pg_timezone_names WHERE lower(name) = lower(NEW.time_zone) LIMIT 1), 'UTC');
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER installations_have_a_day_zone BEFORE INSERT OR UPDATE OF time_zone ON installations
  FOR EACH ROW EXECUTE FUNCTION find_day_zone();
--> statement-breakpoint
-- Whoever counts shares this lock until the end of its transaction: a change of the zone waits for it, and it for the change.
CREATE FUNCTION counting_zone(workspace text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(hashtext('day counts'), hashtext(workspace));
  RETURN coalesce((SELECT i.day_zone FROM installations i WHERE i.workspace_id = workspace), 'UTC');
END $$;
--> statement-breakpoint
CREATE FUNCTION count_referral_days() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE zone text := counting_zone(coalesce(NEW.workspace_id, OLD.workspace_id));
BEGIN
  INSERT INTO day_count_changes (workspace_id, campaign_id, fact, day, of_referrer, change)
  SELECT workspace_id, campaign_id, fact, day, of_referrer, sum(change) FROM (VALUES
    (OLD.workspace_id, OLD.campaign_id, 'joined', (OLD.joined_at AT TIME ZONE zone)::date, OLD.referrer_id IS NOT NULL, -1),
    (OLD.workspace_id, OLD.campaign_id, OLD.status, (OLD.status_at AT TIME ZONE zone)::date, OLD.referrer_id IS NOT NULL, -1),
    (NEW.workspace_id, NEW.campaign_id, 'joined', (NEW.joined_at AT TIME ZONE zone)::date, NEW.referrer_id IS NOT NULL, 1),
    (NEW.workspace_id, NEW.campaign_id, NEW.status, (NEW.status_at AT TIME ZONE zone)::date, NEW.referrer_id IS NOT NULL, 1)
  ) AS counted (workspace_id, campaign_id, fact, day, of_referrer, change)
  WHERE workspace_id IS NOT NULL GROUP BY 1, 2, 3, 4, 5 HAVING sum(change) <> 0;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER referrals_are_counted AFTER INSERT OR DELETE ON referrals
  FOR EACH ROW EXECUTE FUNCTION count_referral_days();
--> statement-breakpoint
CREATE TRIGGER changed_referrals_are_counted AFTER UPDATE ON referrals FOR EACH ROW
  WHEN ((OLD.campaign_id, OLD.status, OLD.status_at, OLD.joined_at, OLD.referrer_id)
    IS DISTINCT FROM (NEW.campaign_id, NEW.status, NEW.status_at, NEW.joined_at, NEW.referrer_id))
  EXECUTE FUNCTION count_referral_days();
--> statement-breakpoint
CREATE FUNCTION count_reward_days() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE zone text := counting_zone(coalesce(NEW.workspace_id, OLD.workspace_id));
BEGIN
  INSERT INTO day_count_changes (workspace_id, campaign_id, fact, day, of_referrer, change)
  SELECT workspace_id, campaign_id, fact, day, of_referrer, sum(change) FROM (VALUES
    (OLD.workspace_id, OLD.campaign_id, OLD.status, (OLD.status_at AT TIME ZONE zone)::date, OLD.recipient = 'referrer', -1),
    (NEW.workspace_id, NEW.campaign_id, NEW.status, (NEW.status_at AT TIME ZONE zone)::date, NEW.recipient = 'referrer', 1)
  ) AS counted (workspace_id, campaign_id, fact, day, of_referrer, change)
  WHERE workspace_id IS NOT NULL GROUP BY 1, 2, 3, 4, 5 HAVING sum(change) <> 0;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER rewards_are_counted AFTER INSERT OR DELETE ON rewards
  FOR EACH ROW EXECUTE FUNCTION count_reward_days();
--> statement-breakpoint
CREATE TRIGGER changed_rewards_are_counted AFTER UPDATE ON rewards FOR EACH ROW
  WHEN ((OLD.campaign_id, OLD.status, OLD.status_at, OLD.recipient)
    IS DISTINCT FROM (NEW.campaign_id, NEW.status, NEW.status_at, NEW.recipient))
  EXECUTE FUNCTION count_reward_days();
--> statement-breakpoint
CREATE FUNCTION count_click_days() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM counting_zone(coalesce(NEW.workspace_id, OLD.workspace_id));
  INSERT INTO day_count_changes (workspace_id, campaign_id, fact, day, of_referrer, change)
  SELECT workspace_id, campaign_id, 'clicks', day, true, sum(change) FROM (VALUES
    (OLD.workspace_id, OLD.campaign_id, OLD.day, -OLD.clicks), (NEW.workspace_id, NEW.campaign_id, NEW.day, NEW.clicks)
  ) AS counted (workspace_id, campaign_id, day, change)
  WHERE workspace_id IS NOT NULL GROUP BY workspace_id, campaign_id, day HAVING sum(change) <> 0;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER clicks_are_counted AFTER INSERT OR UPDATE OR DELETE ON click_days
  FOR EACH ROW EXECUTE FUNCTION count_click_days();
--> statement-breakpoint
-- The exclusive lock waits for all who count in the workspace, and the first delete for whoever folds its changes.
CREATE FUNCTION recount_days(workspace text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE zone text;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('day counts'), hashtext(workspace));
  zone := counting_zone(workspace);
  DELETE FROM day_count_changes WHERE workspace_id = workspace;
  DELETE FROM day_counts WHERE workspace_id = workspace;
  INSERT INTO day_counts (workspace_id, campaign_id, fact, day, of_referrer, count)
  SELECT workspace, campaign_id, fact, day, of_referrer, sum(count) FROM (
    SELECT campaign_id, 'joined' AS fact, (joined_at AT TIME ZONE zone)::date AS day, referrer_id IS NOT NULL AS of_referrer, 1 AS count
      FROM referrals WHERE workspace_id = workspace
    UNION ALL SELECT campaign_id, status, (status_at AT TIME ZONE zone)::date, referrer_id IS NOT NULL, 1
      FROM referrals WHERE workspace_id = workspace
    UNION ALL SELECT campaign_id, status, (status_at AT TIME ZONE zone)::date, recipient = 'referrer', 1
      FROM rewards WHERE workspace_id = workspace
    UNION ALL SELECT campaign_id, 'clicks', day, true, clicks FROM click_days WHERE workspace_id = workspace
  ) facts GROUP BY 1, 2, 3, 4, 5;
END $$;
--> statement-breakpoint
CREATE FUNCTION recount_in_another_zone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM recount_days(NEW.workspace_id);
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER days_follow_the_first_zone AFTER INSERT ON installations FOR EACH ROW WHEN (NEW.day_zone <> 'UTC')
  EXECUTE FUNCTION recount_in_another_zone();
--> statement-breakpoint
CREATE TRIGGER days_follow_the_zone AFTER UPDATE OF time_zone ON installations FOR EACH ROW
  WHEN (OLD.day_zone IS DISTINCT FROM NEW.day_zone) EXECUTE FUNCTION recount_in_another_zone();
--> statement-breakpoint
UPDATE installations SET time_zone = time_zone;
--> statement-breakpoint
SELECT recount_days(workspace_id) FROM (SELECT DISTINCT workspace_id FROM campaigns) workspaces;
