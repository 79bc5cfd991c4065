-- The history says who did what and why: it is added to, never rewritten. Erasing a person on request is the one
-- exception, and says so for its own transaction: SET LOCAL referral_desk.erasing = 'on'.
CREATE FUNCTION refuse_to_rewrite_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('referral_desk.erasing', true) = 'on' THEN
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
  END IF;
  RAISE EXCEPTION 'referral_history is append-only';
END $$;
--> statement-breakpoint
CREATE TRIGGER referral_history_is_append_only BEFORE UPDATE OR DELETE ON referral_history
  FOR EACH ROW EXECUTE FUNCTION refuse_to_rewrite_history();
