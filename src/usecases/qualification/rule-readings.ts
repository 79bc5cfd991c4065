// Reads the contacts that a rule is about when it is saved, so that even their first change counts as a change.
import type { Context } from '../../context.ts';
import type { Person } from '../../domain/program/program.ts';
import { attributesOf } from '../../domain/qualification/rule.ts';
import { knowsAll } from '../../domain/qualification/snapshot.ts';
import { Failure } from '../../failure.ts';
import type { Tx } from '../../store/database.ts';
import { factsOfContacts } from '../../store/qualification/contacts.ts';
import {
  abandonedReadings,
  advanceReading,
  findReading,
  finishReading,
  noteReadingTrouble,
  peopleOfRule,
  type ReadingPlace,
  type RuleToRead,
  startReading,
} from '../../store/qualification/rule-readings.ts';
import { findRule } from '../../store/qualification/rules.ts';
import { completeSnapshots } from './complete-snapshots.ts';
import { contactSearch } from './contact-search.ts';
import { linkContacts } from './link-contacts.ts';

/** The queue gives a job that takes longer than two minutes to another worker. */
const maxMsPerJob = 60_000;
const abandonedAfterMs = 120_000;

/** Starts or restarts the reading for a rule, in the transaction that saves it. */
export async function beginRuleReading(
  ctx: Pick<Context, 'queue'>,
  tx: Tx,
  workspaceId: string,
  rule: RuleToRead,
  at: Date,
): Promise<void> {
  await startReading(tx, workspaceId, rule, at);
  await enqueueReading(ctx, tx, workspaceId, rule.id);
}

/** Every minute: resumes readings after a crash or an outage of Intercom. */
export async function resumeRuleReadings(ctx: Context): Promise<void> {
  const before = new Date(ctx.now().getTime() - abandonedAfterMs);
  for (const { workspaceId, ruleId } of await abandonedReadings(ctx.database.db, before)) {
    await ctx.database.transaction((tx) => enqueueReading(ctx, tx, workspaceId, ruleId));
  }
}

/** The job: reads for at most a minute. A later job continues, also after an outage of Intercom. */
export async function readContactsOfRule(ctx: Context, workspaceId: string, ruleId: string): Promise<void> {
  const { db } = ctx.database;
  let place = await findReading(db, workspaceId, ruleId);
  const until = ctx.now().getTime() + maxMsPerJob;
  try {
    while (place && ctx.now().getTime() < until) place = await readPage(ctx, place);
  } catch (error) {
    if (!place || !(error instanceof Failure) || error.code === 'unexpected') throw error;
    ctx.log.warn({ err: error, workspaceId, ruleId }, 'the contacts of a rule could not be read');
    return noteReadingTrouble(db, place, error.message, ctx.now());
  }
  if (place) await ctx.database.transaction((tx) => enqueueReading(ctx, tx, workspaceId, ruleId));
}

/** The job for a newly linked contact. Rejects when it should be retried. */
export async function readLinkedContact(ctx: Context, workspaceId: string, contactId: string): Promise<void> {
  const contact = await ctx.intercom.background.readContact(workspaceId, contactId);
  if (contact) await ctx.database.transaction((tx) => completeSnapshots(ctx, tx, workspaceId, [contact]));
}

function enqueueReading(ctx: Pick<Context, 'queue'>, tx: Tx, workspaceId: string, ruleId: string) {
  return ctx.queue.enqueue(tx, { name: 'read-contacts', workspaceId, ruleId });
}

/** Null at the end, or when another process has the reading. */
async function readPage(ctx: Context, place: ReadingPlace): Promise<ReadingPlace | null> {
  const { workspaceId } = place;
  const { db, transaction } = ctx.database;
  const rule = await findRule(db, workspaceId, place.ruleId);
  const active = rule?.enabled ? { ...rule, campaignId: rule.campaign.id } : null;
  const people = active ? await peopleOfRule(db, workspaceId, active, place.after) : [];
  const last = people.at(-1);
  if (!active || !last) {
    await finishReading(db, place, ctx.now());
    return null;
  }
  const search = await contactSearch(ctx, workspaceId);
  await linkContacts(
    ctx,
    workspaceId,
    people.filter(({ contactId }) => contactId === null),
    search,
  );
  const names = attributesOf(active.definition);
  const contacts = await search('id', await incompleteContacts(ctx, workspaceId, people, names));
  const next = { after: last.id, read: people.length, at: ctx.now() };
  const moved = await transaction(async (tx) => {
    if (!(await advanceReading(tx, place, next))) return false;
    await completeSnapshots(ctx, tx, workspaceId, contacts);
    return true;
  });
  return moved ? { ...place, after: last.id } : null;
}

async function incompleteContacts(
  ctx: Context,
  workspaceId: string,
  people: readonly Person[],
  names: string[],
): Promise<string[]> {
  const ids = [...new Set(people.flatMap(({ contactId }) => contactId ?? []))];
  const facts = await factsOfContacts(ctx.database.db, workspaceId, ids);
  return ids.filter((id) => !knowsAll(facts.get(id) ?? null, names));
}
