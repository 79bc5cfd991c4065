// Tries a rule without changing anything: on contacts' current state, and on recorded history.
import type { Context } from '../../context.ts';
import { day, daysLater } from '../../domain/day.ts';
import type { Page, PageRequest } from '../../domain/program/program.ts';
import type { Facts } from '../../domain/qualification/notification.ts';
import { attributesOf, holdEnd, type RuleDefinition } from '../../domain/qualification/rule.ts';
import { type Evaluation, evaluate, type Reason } from '../../domain/qualification/rule-evaluation.ts';
import {
  explainBlocked,
  explainHolding,
  explainMet,
  explainPending,
} from '../../domain/qualification/rule-explanation.ts';
import { type Simulation, simulate } from '../../domain/qualification/rule-simulation.ts';
import { attributesAfter, knowsAll } from '../../domain/qualification/snapshot.ts';
import { Failure } from '../../failure.ts';
import { findCampaign } from '../../store/program/campaigns.ts';
import { factsOfContacts, mergedContactIds } from '../../store/qualification/contacts.ts';
import {
  countReferralsToTry,
  firstNotifications,
  type RecordedNotification,
  recordedNotifications,
  referralsToTry,
  type TriedReferral,
} from '../../store/qualification/dry-run.ts';
import { findRule } from '../../store/qualification/rules.ts';
import { findInstallation } from '../../store/workspace/installations.ts';
import { contactSearch, findContacts, type SearchContacts } from './contact-search.ts';
import type { InstalledContext } from './installed.ts';
import { validateRule } from './validate-rule.ts';

export type RuleToTry = { ruleId: string } | { campaignId: string; name: string; definition: RuleDefinition };

export type Trial = {
  referral: TriedReferral;
  /** Null when not found in Intercom. */
  contactId: string | null;
  would: 'qualify' | 'disqualify' | 'hold' | 'nothing';
  /** When it would have acted, or will after a hold; null when it would not. */
  at: Date | null;
  /** The delivery that meets the rule; null when the current state does, or nothing does. */
  deliveryId: number | null;
  explanation: string;
  reasons: Reason[];
};

/** The command line runs this too, without the rest of the app. */
export type DryRunContext = Pick<Context, 'database' | 'intercom' | 'now' | 'sleep'> & InstalledContext;

/** `ids` includes contacts merged into it. */
type Contact = { id: string; ids: string[]; facts: Facts | null };
type TriedRule = { campaignId: string; name: string; definition: RuleDefinition };
type Attempt = { rule: TriedRule; since: Date; timeZone: string };

const notificationsPerRead = 200;
/** Of each contact of a page, in one statement: few have more. */
const notificationsAtFirst = 20;

/**
 * A page of referrals, newest first, with what the rule would have done in the last `days`, or would do now.
 * Rejects with `invalid`, `unavailable`, or as `validateRule`.
 */
export async function dryRunRule(
  ctx: DryRunContext,
  workspaceId: string,
  { tried, days }: { tried: RuleToTry; days: number },
  page: PageRequest,
): Promise<Page<Trial> & { total: number; remaining: number }> {
  const { db } = ctx.database;
  const rule = await ruleToTry(ctx, workspaceId, tried);
  const search = await contactSearch(ctx, workspaceId);
  const referrals = await referralsToTry(db, workspaceId, rule.campaignId, page);
  const [items, counts] = await Promise.all([
    tryAll(ctx, workspaceId, { rule, days, search }, referrals.items),
    countReferralsToTry(db, workspaceId, rule.campaignId, referrals.next),
  ]);
  return { items, next: referrals.next, ...counts };
}

async function tryAll(
  ctx: DryRunContext,
  workspaceId: string,
  { rule, days, search }: { rule: TriedRule; days: number; search: SearchContacts },
  referrals: readonly TriedReferral[],
): Promise<Trial[]> {
  const contacts = await contactsOf(ctx, workspaceId, referrals, attributesOf(rule.definition), search);
  const installation = await findInstallation(ctx.database.db, workspaceId);
  const timeZone = installation?.timeZone ?? 'UTC';
  const since = daysLater(ctx.now(), -days, timeZone);
  const attempt = { rule, since, timeZone };
  const told = await toldAtFirst(ctx, workspaceId, attempt, referrals, contacts);
  const items: Trial[] = [];
  for (const referral of referrals) {
    const tried = { referral, contact: contacts.get(referral.id) ?? null, told: told.get(referral.id) ?? [] };
    items.push(withBlock(rule, await tryOnReferral(ctx, workspaceId, attempt, tried)));
  }
  return items;
}

async function ruleToTry(ctx: DryRunContext, workspaceId: string, tried: RuleToTry): Promise<TriedRule> {
  if ('ruleId' in tried) {
    const rule = await findRule(ctx.database.db, workspaceId, tried.ruleId);
    if (rule !== null) return { ...rule, campaignId: rule.campaign.id };
    throw new Failure('invalid', 'Rule not found.', {
      fields: { rule_id: 'is not a rule of this workspace' },
    });
  }
  if ((await findCampaign(ctx.database.db, workspaceId, tried.campaignId)) === null) {
    throw new Failure('invalid', 'Campaign not found.', {
      fields: { campaign_id: 'is not a campaign of this workspace' },
    });
  }
  return { ...tried, definition: await validateRule(ctx, workspaceId, tried.definition) };
}

/** The last snapshot if complete, else the contact from Intercom. */
async function contactsOf(
  ctx: DryRunContext,
  workspaceId: string,
  referrals: readonly TriedReferral[],
  names: readonly string[],
  search: SearchContacts,
): Promise<Map<string, Contact | 'several'>> {
  const { db } = ctx.database;
  const linked = [...new Set(referrals.flatMap(({ person }) => person.contactId ?? []))];
  const known = await factsOfContacts(db, workspaceId, linked);
  const incomplete = linked.filter((id) => !knowsAll(known.get(id) ?? null, names));
  const read = await search('id', incomplete);
  const unlinked = referrals.map(({ person }) => person).filter((person) => person.contactId === null);
  const found = await findContacts(search, unlinked);
  const current = [...read, ...[...found.values()].filter((contact) => contact !== 'several')];
  const currentFacts = new Map(current.map(({ id, facts }) => [id, attributesAfter(null, facts, names)]));
  const contactIdOf = ({ person }: TriedReferral): string | null => {
    const contact = found.get(person.id);
    return person.contactId ?? (contact === undefined || contact === 'several' ? null : contact.id);
  };
  const contactIds = referrals.flatMap((referral) => contactIdOf(referral) ?? []);
  const merged = await mergedContactIds(db, workspaceId, contactIds);
  return new Map(
    referrals.flatMap((referral): [string, Contact | 'several'][] => {
      const id = contactIdOf(referral);
      if (id === null) return found.has(referral.person.id) ? [[referral.id, 'several']] : [];
      const facts = currentFacts.get(id) ?? known.get(id) ?? null;
      return [[referral.id, { id, ids: [id, ...(merged.get(id) ?? [])], facts }]];
    }),
  );
}

type Tried = { referral: TriedReferral; contact: Contact | 'several' | null; told: RecordedNotification[] };

/** By referral. */
async function toldAtFirst(
  ctx: DryRunContext,
  workspaceId: string,
  { since }: Attempt,
  referrals: readonly TriedReferral[],
  contacts: ReadonlyMap<string, Contact | 'several'>,
): Promise<Map<string, RecordedNotification[]>> {
  const asked = referrals.flatMap((referral) => {
    const contact = contacts.get(referral.id);
    return typeof contact === 'object'
      ? [{ id: referral.id, contactIds: contact.ids, since: sinceOf(referral, since) }]
      : [];
  });
  const told = await firstNotifications(ctx.database.db, workspaceId, asked, notificationsAtFirst);
  return new Map(asked.map(({ id }, at) => [id, told[at] ?? []]));
}

const sinceOf = ({ joinedAt }: TriedReferral, since: Date) => (joinedAt > since ? joinedAt : since);

async function tryOnReferral(
  ctx: DryRunContext,
  workspaceId: string,
  { rule, since, timeZone }: Attempt,
  { referral, contact, told }: Tried,
): Promise<Trial> {
  if (contact === null || contact === 'several') {
    const found = contact === null ? 'No contact of' : 'More than one contact with the email of';
    const explanation = `${found} this person was found in Intercom`;
    return { referral, contactId: null, ...nothing(explanation, []) };
  }
  const now = ctx.now();
  const trial = { referral, contactId: contact.id };
  const from = sinceOf(referral, since);
  const simulation = await replay(ctx, workspaceId, { rule, since: from, timeZone }, contact.ids, told);
  const { acted, holding } = simulation.outcome(now);
  if (acted !== null) return { ...trial, ...actingTrial(rule, timeZone, acted) };
  if (holding !== null) return { ...trial, ...holdingTrial(rule, timeZone, holding) };
  if (contact.facts === null) {
    return { ...trial, ...nothing('Intercom does not have this contact any more', []) };
  }
  const current = { before: contact.facts, after: contact.facts, becameUser: false, now, timeZone };
  return { ...trial, ...currentTrial(rule, timeZone, evaluate(rule.definition, current), now) };
}

function withBlock({ name, definition }: TriedRule, trial: Trial): Trial {
  const { block } = trial.referral;
  if (block === null || definition.then !== 'qualify' || trial.would === 'nothing') return trial;
  return {
    ...trial,
    would: 'nothing',
    at: null,
    deliveryId: null,
    explanation: explainBlocked(name, block.reason),
  };
}

async function replay(
  ctx: DryRunContext,
  workspaceId: string,
  { rule, since, timeZone }: Attempt,
  contactIds: readonly string[],
  told: readonly RecordedNotification[],
): Promise<Simulation> {
  const simulation = simulate(rule.definition, since, timeZone);
  let read = told;
  for (let limit = notificationsAtFirst; ; limit = notificationsPerRead) {
    for (const { id, topic, body, receivedAt } of read) {
      const notice = ctx.intercom.readNotification(topic, body);
      simulation.tell({ deliveryId: id, at: receivedAt, notice });
    }
    const afterId = read.at(-1)?.id ?? 0;
    if (simulation.done || read.length < limit) return simulation;
    const selection = { since, afterId, limit: notificationsPerRead };
    read = await recordedNotifications(ctx.database.db, workspaceId, contactIds, selection);
  }
}

type Outcome = Omit<Trial, 'referral' | 'contactId'>;
type Acting = { at: Date; deliveryId: number | null; evaluation: Evaluation };

function nothing(explanation: string, reasons: Reason[]): Outcome {
  return { would: 'nothing', at: null, deliveryId: null, explanation, reasons };
}

// The card's wording.

function actingTrial({ name, definition: { then } }: TriedRule, timeZone: string, acting: Acting): Outcome {
  const { at, deliveryId, evaluation } = acting;
  const explanation = explainMet(name, evaluation, day(at, timeZone), then);
  return { would: then, at, deliveryId, explanation, reasons: evaluation.reasons };
}

function holdingTrial({ name, definition: { then } }: TriedRule, timeZone: string, acting: Acting): Outcome {
  const { at, deliveryId, evaluation } = acting;
  const explanation = explainHolding(name, { dueAt: at, timeZone }, then);
  return { would: 'hold', at, deliveryId, explanation, reasons: evaluation.reasons };
}

function currentTrial(rule: TriedRule, timeZone: string, evaluation: Evaluation, now: Date): Outcome {
  if (!evaluation.met) return nothing(explainPending(evaluation, day(now, timeZone)), evaluation.reasons);
  const at = holdEnd(rule.definition, { since: now, timeZone });
  return at === null
    ? actingTrial(rule, timeZone, { at: now, deliveryId: null, evaluation })
    : holdingTrial(rule, timeZone, { at, deliveryId: null, evaluation });
}
