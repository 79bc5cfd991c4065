// What turning notifications into qualifications needs of the outside: declared here, made in the store and the edges.

import type { Candidate } from '../../domain/program/matching.ts';
import type { ReferralState } from '../../domain/program/referral.ts';
import type { Facts, Notice } from '../../domain/qualification/notice.ts';
import type { RuleDefinition } from '../../domain/qualification/rule.ts';
import type { Evaluation } from '../../domain/qualification/rule-evaluation.ts';
import type { NewRun } from '../../domain/runs/run.ts';
import type { ClosedDelivery, TakenDelivery } from '../../store/qualification/deliveries.ts';

export type KnownContact = { before: SeenBefore | null; gone: 'merged' | 'deleted' | null };

export type SeenBefore = { role: 'lead' | 'user' | null; facts: Facts; updatedAt: Date | null };

/** An enabled rule, read. */
export type ActiveRule = {
  id: string;
  campaignId: string;
  name: string;
  version: number;
  definition: RuleDefinition;
};

/**
 * A referral that a rule may change. What several changes in one transaction see of it is kept up to date here: the
 * explanation that is stored, the holds, the latest decision of each rule.
 */
export type RuledReferral = ReferralState & {
  id: string;
  campaignId: string;
  campaignRewards: boolean;
  personId: string;
  contactId: string | null;
  round: number;
  mostAttempts: number;
  explanation: string | null;
  holds: Hold[];
  latest: Map<ActiveRule['id'], Pick<NewDecision, 'outcome' | 'reasons'> & { ruleVersion: number }>;
};

export type NewDecision = {
  referralId: string;
  rule: Pick<ActiveRule, 'id' | 'version'>;
  deliveryId: number | null;
  outcome: 'met' | 'not-met' | 'holding' | 'stopped';
  explanation: string;
  reasons: Evaluation['reasons'];
  at: Date;
};

export type Hold = { workspaceId: string; referralId: string; ruleId: string; since: Date; dueAt: Date };

export interface QualificationStores<Tx> {
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  deliveries: {
    /**
     * Those that are still to be handled, in their order, locked until the transaction ends. By ids, somebody who is at
     * one of them is waited for; of the oldest, those that somebody is at are left out.
     */
    take(
      tx: Tx,
      workspaceId: string,
      which: { ids: readonly number[] } | { oldest: number },
    ): Promise<TakenDelivery[]>;
    /** Which of these are still to be handled. */
    waiting(workspaceId: string, ids: readonly number[]): Promise<number[]>;
    close(tx: Tx, workspaceId: string, closed: readonly ClosedDelivery[], at: Date): Promise<void>;
  };
  installations: { find(workspaceId: string): Promise<{ status: string; timeZone: string } | null> };
  rules: { enabled(tx: Tx, workspaceId: string): Promise<ActiveRule[]> };
  contacts: {
    /** By id, locked until the transaction ends; `before` is null when the contact was never seen. */
    lock(tx: Tx, workspaceId: string, contactIds: readonly string[]): Promise<Map<string, KnownContact>>;
    save(tx: Tx, workspaceId: string, seen: ReadonlyMap<string, SeenBefore>, at: Date): Promise<void>;
    setArchived(tx: Tx, workspaceId: string, contactId: string, archived: boolean): Promise<void>;
    find(tx: Tx, workspaceId: string, contactId: string): Promise<SeenBefore | null>;
  };
  people: {
    /** Everybody who may be one of these contacts, by stored link, external_id or email. */
    candidates(
      tx: Tx,
      workspaceId: string,
      contacts: readonly { id: string; externalId: string | null; email: string | null }[],
    ): Promise<Candidate[]>;
    linkTo(tx: Tx, workspaceId: string, personIds: string[], contactId: string): Promise<void>;
    /** After a merge: links, what was seen and waiting runs go from the one to the other. */
    repoint(tx: Tx, workspaceId: string, fromContactId: string, toContactId: string): Promise<number>;
    /** Everything personal about the contact goes; the referrals stay as an anonymous count. */
    erase(tx: Tx, workspaceId: string, contactId: string): Promise<number>;
  };
  referrals: {
    /** Locked, with what a rule needs to know of them. */
    ofPeople(tx: Tx, workspaceId: string, personIds: readonly string[]): Promise<RuledReferral[]>;
    byId(tx: Tx, workspaceId: string, referralId: string): Promise<RuledReferral[]>;
    /** Ids of the pending ones of a campaign. */
    pendingOf(workspaceId: string, campaignId: string): Promise<{ id: string; contactId: string | null }[]>;
    explain(tx: Tx, workspaceId: string, referralId: string, explanation: string | null): Promise<void>;
    /** Pending for longer than their campaign allows, and not yet on their way to expiry: at most a thousand. */
    overdue(now: Date): Promise<{ workspaceId: string; id: string; expiresAfterDays: number }[]>;
  };
  decisions: { add(tx: Tx, workspaceId: string, decision: NewDecision): Promise<void> };
  holds: {
    start(tx: Tx, hold: Hold): Promise<void>;
    end(tx: Tx, hold: Pick<Hold, 'workspaceId' | 'referralId' | 'ruleId'>): Promise<void>;
    /** At most a thousand. */
    due(now: Date): Promise<Hold[]>;
    /** Locked; null when it ended meanwhile. */
    lock(tx: Tx, hold: Pick<Hold, 'workspaceId' | 'referralId' | 'ruleId'>): Promise<Hold | null>;
  };
  runs: { add(tx: Tx, run: NewRun): Promise<boolean> };
}

export type ReadNotice = (topic: string, body: unknown) => Notice;
