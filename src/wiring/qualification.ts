// Notifications and rules: what is received, what it means, what is decided.

import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../failure.ts';
import { createIntercomCall } from '../intercom/call.ts';
import { mergedInto, readContact } from '../intercom/contacts/contact-reading.ts';
import { searchContacts } from '../intercom/contacts/contact-search.ts';
import { readKnown } from '../intercom/data-attributes.ts';
import { readNotice, topics } from '../intercom/notification.ts';
import type { Tx } from '../store/database.ts';
import { isTransientDatabaseError } from '../store/database-errors.ts';
import { createCampaignStore } from '../store/program/campaigns.ts';
import { contactLinks, contactStore } from '../store/qualification/contacts.ts';
import {
  closeDeliveries,
  oldestUnhandledSince,
  takeDeliveries,
  unhandledIds,
} from '../store/qualification/deliveries.ts';
import { createDryRunStore } from '../store/qualification/dry-run.ts';
import { createLinkingStore } from '../store/qualification/linking.ts';
import { createRuleReadingStore } from '../store/qualification/rule-readings.ts';
import { createRuleStore } from '../store/qualification/rules.ts';
import {
  createHoldStore,
  createReferralRulingStore,
  decisionStore,
  enabledRules,
} from '../store/qualification/ruling.ts';
import { createAuditStore } from '../store/workspace/audit.ts';
import type { SearchContacts } from '../usecases/qualification/contacts-of-people.ts';
import { createDryRun } from '../usecases/qualification/dry-run.ts';
import { createLinking } from '../usecases/qualification/linking.ts';
import { createQualification, type QualificationDeps } from '../usecases/qualification/qualification.ts';
import { createRuleChecker } from '../usecases/qualification/rule-checker.ts';
import { createKeepSeen, createRuleReading } from '../usecases/qualification/rule-reading.ts';
import { createRules } from '../usecases/qualification/rules.ts';
import { createRuling } from '../usecases/qualification/ruling.ts';
import { createUpkeep } from '../usecases/qualification/upkeep.ts';
import { createAudit } from '../usecases/workspace/audit.ts';
import type { Ground } from './context.ts';
import type { Outgoing } from './outgoing.ts';

export type RuleSide = ReturnType<typeof buildRuleSide>;

/** What notifications lead to: deliveries, rules, decisions. `letJoin` is for whoever joins by being a contact. */
export function buildRuleSide(
  { log, now, newId, metrics, database, queue }: Ground,
  { installations, grantOf, governor, callOf, runStore, writeBack }: Outgoing,
  letJoin: QualificationDeps<Tx>['letJoin'],
) {
  const audit = createAudit({ store: createAuditStore(database), now });
  metrics.watchDeliveries(() => oldestUnhandledSince(database.db));
  const knownTopics = new Set([...topics, 'ping']);

  const rulingStores = {
    transaction: database.preparedTransaction,
    deliveries: {
      take: takeDeliveries,
      waiting: (workspaceId: string, ids: readonly number[]) => unhandledIds(database.db, workspaceId, ids),
      close: closeDeliveries,
    },
    installations,
    rules: enabledRules,
    contacts: contactStore,
    people: contactLinks,
    referrals: createReferralRulingStore(database),
    decisions: decisionStore,
    holds: createHoldStore(database),
    runs: runStore,
  };
  const ruling = createRuling<Tx>({ stores: rulingStores, now });
  const qualification = createQualification<Tx>({
    stores: rulingStores,
    ruling,
    readNotice,
    planWriteBack: writeBack.plan,
    letJoin,
    mergedInto: async (workspaceId, contactId) => mergedInto(await callOf(workspaceId), contactId),
    isPassing: (error) =>
      error instanceof Failure
        ? error.code === 'unavailable' || error.code === 'rate-limited'
        : isTransientDatabaseError(error),
    now,
    log,
  });
  const contactNow = async (workspaceId: string, contactId: string) =>
    readContact(await callOf(workspaceId), contactId);
  const upkeep = createUpkeep<Tx>({
    stores: rulingStores,
    ruling,
    factsNow: async (workspaceId, contactId) => (await contactNow(workspaceId, contactId))?.facts ?? null,
    now,
    log,
  });
  const searchIn = async (workspaceId: string) => {
    const granted = await grantOf(workspaceId);
    if (!granted) return null;
    const pace = governor.background(workspaceId);
    const call = createIntercomCall(granted.api, granted.token, undefined, pace);
    return (...asked: Parameters<SearchContacts>) => searchContacts(call, ...asked);
  };
  const asking = {
    transaction: database.transaction,
    searchIn,
    keepSeen: createKeepSeen<Tx>(rulingStores, now),
    sleep: (milliseconds: number) => sleep(milliseconds),
  };
  const { linkPending, linkAll } = createLinking<Tx>({
    ...asking,
    store: createLinkingStore(database),
    planWriteBack: writeBack.plan,
  });
  const readings = createRuleReadingStore(database, queue.enqueue);
  const ruleStore = createRuleStore(database, readings.begin);
  const dryRunStore = createDryRunStore(database);
  const ruleReading = createRuleReading<Tx>({
    ...asking,
    readings,
    rules: ruleStore,
    lastSeen: dryRunStore.lastSeen,
    readContact: contactNow,
    linkAll,
    now,
    log,
  });
  const knownIn = async (workspaceId: string) => {
    const granted = await grantOf(workspaceId);
    if (!granted) return null;
    // Somebody waits for the page or the API to answer.
    const pace = governor.agents(workspaceId);
    return readKnown(createIntercomCall(granted.api, granted.token, undefined, pace));
  };
  const checkRule = createRuleChecker(knownIn);
  const rules = createRules<Tx>({
    rules: ruleStore,
    audit,
    campaigns: createCampaignStore(database),
    check: checkRule,
    async applyToPending(workspaceId, rule) {
      await linkPending(workspaceId, rule.campaignId);
      return upkeep.applyRule(workspaceId, rule);
    },
    now,
    newId,
  });
  const dryRun = createDryRun({
    store: dryRunStore,
    rules: ruleStore,
    check: checkRule,
    campaigns: createCampaignStore(database),
    async installationOf(workspaceId) {
      const [known, search] = await Promise.all([installations.find(workspaceId), searchIn(workspaceId)]);
      return known && search && { timeZone: known.timeZone, search };
    },
    readNotice,
    now,
    sleep: (milliseconds) => sleep(milliseconds),
  });
  return {
    ...{ knownTopics, qualification, upkeep, ruleReading, rules, dryRun },
    ...{ checkRule, knownIn, beginReading: readings.begin },
  };
}
