// Tries a rule on a campaign without touching anything: on its contacts as they are, and on what was recorded of them.
import { day } from '../../domain/day.ts';
import type { PageRequest } from '../../domain/program/program.ts';
import type { Facts } from '../../domain/qualification/notice.ts';
import { attributesOf, type RuleDefinition } from '../../domain/qualification/rule.ts';
import { type Evaluation, evaluate, type Reason } from '../../domain/qualification/rule-evaluation.ts';
import { explainMet, explainPending } from '../../domain/qualification/rule-explanation.ts';
import { type Simulation, simulate } from '../../domain/qualification/rule-simulation.ts';
import { attributesAfter, knowsAll } from '../../domain/qualification/snapshot.ts';
import { Failure } from '../../failure.ts';
import { findContacts, patient, type SearchContacts } from './contacts-of-people.ts';
import type { DryRun, DryRunDeps, Trial, Tried, TriedReferral } from './dry-run-edges.ts';

/** `ids` has those that were merged into it, too. */
type Contact = { id: string; ids: string[]; facts: Facts | null };

type TriedRule = { campaignId: string; name: string; definition: RuleDefinition };

const dayMs = 86_400_000;
const perRead = 200;

/** Rejects with a Failure: invalid, those of the check, and unavailable when Intercom cannot be asked for the contacts. */
export function createDryRun(deps: DryRunDeps): DryRun {
  const { store } = deps;

  async function tryPage(
    workspaceId: string,
    { tried, days }: { tried: Tried; days: number },
    page: PageRequest,
  ) {
    const rule = await ruleOf(workspaceId, tried);
    const installation = await deps.installationOf(workspaceId);
    if (installation === null) throw new Failure('conflict', 'The app is not installed in this workspace.');
    const referrals = await store.referrals(workspaceId, rule.campaignId, page);
    const search = patient(installation.search, deps.sleep);
    const contacts = await contactsOf(workspaceId, referrals.items, attributesOf(rule.definition), search);
    const since = new Date(deps.now().getTime() - days * dayMs);
    const trial = { rule, since, timeZone: installation.timeZone };
    const items: Trial[] = [];
    for (const referral of referrals.items) {
      items.push(await tryOne(workspaceId, trial, referral, contacts.get(referral.id) ?? null));
    }
    return {
      items,
      next: referrals.next,
      ...(await store.count(workspaceId, rule.campaignId, referrals.next)),
    };
  }

  async function ruleOf(workspaceId: string, tried: Tried): Promise<TriedRule> {
    if ('ruleId' in tried) {
      const rule = await deps.rules.find(workspaceId, tried.ruleId);
      if (rule !== null) return { ...rule, campaignId: rule.campaign.id };
      throw new Failure('invalid', 'There is no such rule.', {
        fields: { rule_id: 'is no rule of this workspace' },
      });
    }
    if ((await deps.campaigns.find(workspaceId, tried.campaignId)) === null) {
      throw new Failure('invalid', 'There is no such campaign.', {
        fields: { campaign_id: 'is no campaign of this workspace' },
      });
    }
    return { ...tried, definition: await deps.check(workspaceId, tried.definition) };
  }

  /** By referral: what was last seen where that is enough, else what Intercom says now. */
  async function contactsOf(
    workspaceId: string,
    referrals: readonly TriedReferral[],
    names: readonly string[],
    search: SearchContacts,
  ): Promise<Map<string, Contact | 'several'>> {
    const linked = referrals.flatMap(({ person }) => person.contactId ?? []);
    const seen = await store.lastSeen(workspaceId, linked);
    const read = await search('id', incomplete(linked, seen, names));
    const unlinked = referrals.map(({ person }) => person).filter((person) => person.contactId === null);
    const found = await findContacts(search, unlinked);
    const now = [...read, ...[...found.values()].filter((one) => one !== 'several')];
    const factsNow = new Map(now.map((one) => [one.id, attributesAfter(null, one.facts, names)]));
    const idOf = ({ person }: TriedReferral): string | null => {
      const contact = found.get(person.id);
      return person.contactId ?? (contact === undefined || contact === 'several' ? null : contact.id);
    };
    const merged = await store.mergedInto(
      workspaceId,
      referrals.flatMap((one) => idOf(one) ?? []),
    );
    return new Map(
      referrals.flatMap((referral): [string, Contact | 'several'][] => {
        const id = idOf(referral);
        if (id === null) return found.has(referral.person.id) ? [[referral.id, 'several']] : [];
        const facts = factsNow.get(id) ?? seen.get(id) ?? null;
        return [[referral.id, { id, ids: [id, ...(merged.get(id) ?? [])], facts }]];
      }),
    );
  }

  async function tryOne(
    workspaceId: string,
    { rule, since, timeZone }: { rule: TriedRule; since: Date; timeZone: string },
    referral: TriedReferral,
    contact: Contact | 'several' | null,
  ): Promise<Trial> {
    if (contact === null || contact === 'several') {
      const found = contact === null ? 'No contact of' : 'More than one contact with the email of';
      const explanation = `${found} this person was found in Intercom`;
      return { referral, contactId: null, ...nothing(explanation, []) };
    }
    const now = deps.now();
    const words = wordsFor(rule, timeZone);
    const tried = { referral, contactId: contact.id };
    const from = referral.joinedAt > since ? referral.joinedAt : since;
    const { acted, holding } = (await replay(workspaceId, rule.definition, from, contact.ids)).outcome(now);
    if (acted !== null) return { ...tried, ...words.acts(acted) };
    if (holding !== null) return { ...tried, ...words.holds(holding) };
    if (contact.facts === null) {
      return { ...tried, ...nothing('Intercom does not have this contact any more', []) };
    }
    const present = { before: contact.facts, after: contact.facts, becameUser: false, now };
    return { ...tried, ...words.present(evaluate(rule.definition, present), now) };
  }

  /** The rule over what was recorded since `from`. */
  async function replay(
    workspaceId: string,
    definition: RuleDefinition,
    from: Date,
    contactIds: readonly string[],
  ): Promise<Simulation> {
    const simulation = simulate(definition, from);
    let afterId = 0;
    while (!simulation.done) {
      const which = { since: from, afterId, most: perRead };
      const read = await store.notifications(workspaceId, contactIds, which);
      for (const { id, topic, body, receivedAt } of read) {
        simulation.tell({ deliveryId: id, at: receivedAt, notice: deps.readNotice(topic, parse(body)) });
        afterId = id;
      }
      if (read.length < perRead) break;
    }
    return simulation;
  }

  return { try: tryPage };
}

type Verdict = Omit<Trial, 'referral' | 'contactId'>;
type Acting = { at: Date; deliveryId: number | null; evaluation: Evaluation };

function nothing(explanation: string, reasons: Reason[]): Verdict {
  return { would: 'nothing', at: null, deliveryId: null, explanation, reasons };
}

/** What became of one referral, in the very words that its card would show. */
function wordsFor({ name, definition }: TriedRule, timeZone: string) {
  const { then, holds_for_days: days } = definition;

  function acts({ at, deliveryId, evaluation }: Acting): Verdict {
    const explanation = explainMet(name, evaluation, day(at, timeZone), then);
    return { would: then, at, deliveryId, explanation, reasons: evaluation.reasons };
  }

  function holds({ at, deliveryId, evaluation }: Acting): Verdict {
    const verb = then === 'qualify' ? 'Qualifies' : 'Disqualifies';
    const explanation = `${verb} on ${day(at, timeZone)} by rule ${name} if it stays so`;
    return { would: 'hold', at, deliveryId, explanation, reasons: evaluation.reasons };
  }

  function present(evaluation: Evaluation, now: Date): Verdict {
    if (!evaluation.met) return nothing(explainPending(evaluation, day(now, timeZone)), evaluation.reasons);
    if (days === undefined) return acts({ at: now, deliveryId: null, evaluation });
    return holds({ at: new Date(now.getTime() + days * dayMs), deliveryId: null, evaluation });
  }

  return { acts, holds, present };
}

function incomplete(
  ids: readonly string[],
  seen: ReadonlyMap<string, Facts>,
  names: readonly string[],
): string[] {
  return [...new Set(ids)].filter((id) => !knowsAll(seen.get(id) ?? null, names));
}

/** Null for a body that was emptied when its person was erased. */
function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
