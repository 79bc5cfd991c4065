// What time alone, or a request, brings about: holds that have run their days, expiries, rules applied to the pending.
import type { Facts } from '../../domain/qualification/notice.ts';
import { attributesOf } from '../../domain/qualification/rule.ts';
import type { ActiveRule, Hold, QualificationStores } from './qualification-edges.ts';
import type { Ruling } from './ruling.ts';

export type UpkeepDeps<Tx> = {
  stores: QualificationStores<Tx>;
  ruling: Ruling<Tx>;
  /** The contact's attributes as Intercom has them now; null when it is gone or cannot be asked. */
  factsNow(workspaceId: string, contactId: string): Promise<Facts | null>;
  now(): Date;
  log: { info(fields: object, message: string): void; warn(fields: object, message: string): void };
};

export function createUpkeep<Tx>(deps: UpkeepDeps<Tx>) {
  const { stores, ruling } = deps;

  /** The job of every minute. Each hold and each expiry is a transaction of its own, safe beside other processes. */
  async function tick(): Promise<void> {
    for (const hold of await stores.holds.due(deps.now())) await apart(hold.referralId, review(hold));
    for (const overdue of await stores.referrals.overdue(deps.now()))
      await apart(overdue.id, expire(overdue));
  }

  /** The trouble of one referral must not keep the others waiting for ever. */
  async function apart(referralId: string, work: Promise<void>): Promise<void> {
    await work.catch((error: unknown) =>
      deps.log.warn({ err: error, referralId }, 'a hold or an expiry could not be dealt with'),
    );
  }

  async function review(due: Hold): Promise<void> {
    const { workspaceId, referralId } = due;
    const timeZone = await timeZoneOf(workspaceId);
    if (timeZone === null) return;
    await stores.transaction(async (tx) => {
      const hold = await stores.holds.lock(tx, due);
      if (!hold) return;
      const rules = await stores.rules.enabled(tx, workspaceId);
      const referrals = await stores.referrals.byId(tx, workspaceId, referralId);
      const contactId = referrals[0]?.contactId ?? null;
      const seen = contactId === null ? null : await stores.contacts.find(tx, workspaceId, contactId);
      const known = rules.some((rule) => rule.id === hold.ruleId) && seen !== null;
      // A rule that was switched off, or a contact that is gone, holds nothing any more.
      if (!known) return stores.holds.end(tx, hold);
      const change = { before: seen.facts, after: seen.facts, becameUser: false };
      await ruling.rule(tx, { workspaceId, timeZone, deliveryId: null, rules, referrals, change });
    });
  }

  async function expire(overdue: {
    workspaceId: string;
    id: string;
    expiresAfterDays: number;
  }): Promise<void> {
    const { workspaceId, id, expiresAfterDays } = overdue;
    await stores.transaction(async (tx) => {
      const [referral] = await stores.referrals.byId(tx, workspaceId, id);
      if (referral?.status !== 'pending') return;
      const reason = `Not qualified within ${expiresAfterDays} days`;
      await stores.runs.add(tx, {
        workspaceId,
        subject: referral.personId,
        referralId: id,
        contactId: referral.contactId,
        dedupe: `expire:${id}:${referral.round}`,
        work: {
          kind: 'change-status',
          referralId: id,
          change: 'expire',
          reason,
          actor: { kind: 'app', name: null },
          saleValue: null,
        },
        cause: reason,
        mostAttempts: referral.mostAttempts,
      });
    });
  }

  /** Past decisions stay; pending referrals are looked at as if their contact had just been seen. */
  async function applyRule(
    workspaceId: string,
    rule: ActiveRule,
  ): Promise<{ evaluated: number; unknown: number }> {
    const timeZone = (await timeZoneOf(workspaceId)) ?? 'UTC';
    const result = { evaluated: 0, unknown: 0 };
    for (const { id, contactId } of await stores.referrals.pendingOf(workspaceId, rule.campaignId)) {
      const facts = contactId === null ? null : await factsFor(workspaceId, contactId, rule);
      if (facts === null) {
        result.unknown += 1;
        continue;
      }
      await stores.transaction(async (tx) => {
        const referrals = await stores.referrals.byId(tx, workspaceId, id);
        const change = { before: facts, after: facts, becameUser: false };
        const asked = {
          workspaceId,
          timeZone,
          deliveryId: null,
          rules: [rule],
          referrals,
          change,
          anew: true,
        };
        await ruling.rule(tx, asked);
      });
      result.evaluated += 1;
    }
    return result;
  }

  /** What was last seen, when it has all that the rule names; else Intercom is asked. */
  async function factsFor(workspaceId: string, contactId: string, rule: ActiveRule): Promise<Facts | null> {
    const seen = await stores.transaction((tx) => stores.contacts.find(tx, workspaceId, contactId));
    const complete = seen !== null && attributesOf(rule.definition).every((name) => name in seen.facts);
    return complete ? seen.facts : deps.factsNow(workspaceId, contactId);
  }

  async function timeZoneOf(workspaceId: string): Promise<string | null> {
    const installation = await stores.installations.find(workspaceId);
    return installation?.status === 'active' ? installation.timeZone : null;
  }

  return { tick, applyRule };
}
