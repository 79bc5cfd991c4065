// Reads a saved rule's contacts, so that even their first change counts as one.
import type { Context } from '../../context.ts';
import type { Stepped, WorkKey } from '../../domain/page-work.ts';
import type { Person } from '../../domain/program/program.ts';
import { attributesOf } from '../../domain/qualification/rule.ts';
import { knowsAll } from '../../domain/qualification/snapshot.ts';
import type { Tx } from '../../store/database.ts';
import { factsOfContacts, findSnapshot } from '../../store/qualification/contacts.ts';
import {
  peopleOfRule,
  type RuleToRead,
  readingRows,
  startReading,
} from '../../store/qualification/rule-readings.ts';
import { findRule } from '../../store/qualification/rules.ts';
import { followMerge } from '../contacts/follow-merge.ts';
import { doPageOnce, enqueuePages, type PageWork } from '../page-work.ts';
import { completeSnapshots, withCurrentState } from './complete-snapshots.ts';
import { contactSearch } from './contact-search.ts';
import { linkContacts } from './link-contacts.ts';

export const ruleReadingWork: PageWork = {
  name: 'rule-reading',
  rows: readingRows,
  step,
  // Stays under way for a later round.
  giveUp: (ctx, tx, key, trouble) => readingRows.change(tx, key, { trouble }, ctx.now()),
};

/** Call it in the transaction that saves the rule. */
export async function beginRuleReading(
  ctx: Pick<Context, 'queue'>,
  tx: Tx,
  workspaceId: string,
  rule: RuleToRead,
  at: Date,
): Promise<void> {
  await startReading(tx, workspaceId, rule, at);
  await enqueuePages(ctx, tx, 'rule-reading', { workspaceId, id: rule.id });
}

/** Rejects to be retried. */
export async function readLinkedContact(ctx: Context, workspaceId: string, contactId: string): Promise<void> {
  const stored = await findSnapshot(ctx.database.db, workspaceId, contactId);
  const location = await followMerge(ctx, 'background', workspaceId, contactId);
  if (location.state !== 'present') return;
  const { contact } = location;
  await ctx.database.transaction((tx) => completeSnapshots(ctx, tx, workspaceId, [{ contact, stored }]));
}

async function step(ctx: Context, { workspaceId, id }: WorkKey): Promise<Stepped> {
  const { db } = ctx.database;
  const reading = await readingRows.find(db, workspaceId, id);
  if (!reading || reading.finishedAt !== null) return 'over';
  const rule = await findRule(db, workspaceId, id);
  const active = rule?.enabled ? { ...rule, campaignId: rule.campaign.id } : null;
  const people = active ? await peopleOfRule(db, workspaceId, active, reading.after) : [];
  const last = people.at(-1);
  if (!active || !last) {
    return doPageOnce(ctx, readingRows, reading, async (tx) => {
      await readingRows.change(tx, reading, { finishedAt: ctx.now(), trouble: null }, ctx.now());
      return 'over';
    });
  }
  const search = await contactSearch(ctx, workspaceId);
  await linkContacts(
    ctx,
    workspaceId,
    people.filter(({ contactId }) => contactId === null),
    search,
  );
  const names = attributesOf(active.definition);
  const found = await search('id', await incompleteContacts(ctx, workspaceId, people, names));
  const contacts = await withCurrentState(ctx, workspaceId, found);
  return doPageOnce(ctx, readingRows, reading, async (tx) => {
    const progress = { after: last.id, read: reading.read + people.length, trouble: null };
    await readingRows.change(tx, reading, progress, ctx.now());
    await completeSnapshots(ctx, tx, workspaceId, contacts);
    return 'more';
  });
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
