// What a dry run answers, and what it needs of the outside: only things to read.

import type { Page, PageRequest, Person } from '../../domain/program/program.ts';
import type { ReferralStatus } from '../../domain/program/referral.ts';
import type { Facts, Notice } from '../../domain/qualification/notice.ts';
import type { RuleDefinition } from '../../domain/qualification/rule.ts';
import type { Reason } from '../../domain/qualification/rule-evaluation.ts';
import type { SearchContacts } from './contacts-of-people.ts';
import type { CheckRule } from './rule-checker.ts';
import type { RuleStore } from './rules.ts';

export type TriedReferral = { id: string; status: ReferralStatus; joinedAt: Date; person: Person };

export type Trial = {
  referral: TriedReferral;
  /** The person's contact in Intercom; null when none was found. */
  contactId: string | null;
  would: 'qualify' | 'disqualify' | 'hold' | 'nothing';
  /** When it would have acted, or will when a hold ends; null for nothing. */
  at: Date | null;
  /** The recorded notification that meets the rule; null when the contact as it is now does, or nothing. */
  deliveryId: number | null;
  explanation: string;
  reasons: Reason[];
};

export type RecordedNotification = { id: number; topic: string; body: string; receivedAt: Date };

/** Reads, and nothing else. */
export type DryRunStore = {
  /** The campaign's, newest first. */
  referrals(workspaceId: string, campaignId: string, page: PageRequest): Promise<Page<TriedReferral>>;
  /** How many referrals the campaign has in all, and how many of them come after `after`. */
  count(
    workspaceId: string,
    campaignId: string,
    after: PageRequest['after'],
  ): Promise<{ total: number; remaining: number }>;
  /** The last-seen attributes, by contact. */
  lastSeen(workspaceId: string, contactIds: readonly string[]): Promise<Map<string, Facts>>;
  /** The contacts that were merged into others, by those. */
  mergedInto(workspaceId: string, contactIds: readonly string[]): Promise<Map<string, string[]>>;
  /** Oldest first, at most `most` after `afterId`: those since `since`, and the last one before. */
  notifications(
    workspaceId: string,
    contactIds: readonly string[],
    which: { since: Date; afterId: number; most: number },
  ): Promise<RecordedNotification[]>;
};

export type DryRunDeps = {
  store: DryRunStore;
  rules: Pick<RuleStore<never>, 'find'>;
  check: CheckRule;
  campaigns: { find(workspaceId: string, id: string): Promise<object | null> };
  /** Null when the app is not installed there. The search rejects with a Failure. */
  installationOf(workspaceId: string): Promise<{ timeZone: string; search: SearchContacts } | null>;
  readNotice(topic: string, body: unknown): Notice;
  now(): Date;
  sleep(milliseconds: number): Promise<void>;
};

/** A rule that is stored, or a draft. */
export type Tried = { ruleId: string } | { campaignId: string; name: string; definition: RuleDefinition };

export type DryRun = {
  /**
   * A page of the campaign's referrals, newest first, each with what the rule would have done in the last `days`, or
   * would do now.
   */
  try(
    workspaceId: string,
    asked: { tried: Tried; days: number },
    page: PageRequest,
  ): Promise<Page<Trial> & { total: number; remaining: number }>;
};
