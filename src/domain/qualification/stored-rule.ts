// A rule as it is stored, and the decisions that are made by it.
import type { RuleDefinition } from './rule.ts';
import type { Reason } from './rule-evaluation.ts';

export type Rule = {
  id: string;
  campaign: { id: string; name: string };
  name: string;
  /** Counts every change: a decision names the version that it was made by. */
  version: number;
  definition: RuleDefinition;
  enabled: boolean;
  createdAt: Date;
  updatedAt: Date;
  /** How far its campaign's contacts were read since it was saved; null when it never was switched on. */
  reading: { read: number; total: number; finishedAt: Date | null; trouble: string | null } | null;
};

/** One evaluation of one rule for one referral. */
export type Decision = {
  id: string;
  referralId: string;
  /** The name is null once the rule is gone. */
  rule: { id: string; name: string | null; version: number };
  outcome: 'met' | 'not-met' | 'holding' | 'stopped';
  explanation: string;
  reasons: Reason[];
  /** The notification that caused it; null when time or a request did. */
  deliveryId: number | null;
  at: Date;
};
