// A rule as it is stored, and the decisions that it makes.
import type { RuleDefinition } from './rule.ts';
import type { Reason } from './rule-evaluation.ts';

export type Rule = {
  id: string;
  campaign: { id: string; name: string };
  name: string;
  /** Increases with every change; a decision names the version that made it. */
  version: number;
  definition: RuleDefinition;
  enabled: boolean;
  createdAt: Date;
  updatedAt: Date;
  /** Contacts of its campaign read since it was saved; null when it was never switched on. */
  reading: { read: number; total: number; finishedAt: Date | null; trouble: string | null } | null;
};

/** `blocked`: met, but something keeps the referral from qualifying. */
export const decisionOutcomes = ['met', 'not-met', 'holding', 'stopped', 'blocked'] as const;

export type Decision = {
  id: string;
  referralId: string;
  rule: { id: string; name: string | null; version: number };
  outcome: (typeof decisionOutcomes)[number];
  explanation: string;
  reasons: Reason[];
  /** The notification that caused it; null when a schedule or a request did. */
  deliveryId: number | null;
  at: Date;
};
