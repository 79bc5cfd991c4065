// Links people to contacts before a rule applies to them.
import type { Context } from '../../context.ts';
import type { Person } from '../../domain/program/program.ts';
import type { SeenContact } from '../../domain/qualification/notification.ts';
import { linkPerson, unlinkedPeople } from '../../store/qualification/linking.ts';
import { planWriteBack } from '../runs/plan-write-back.ts';
import { completeSnapshots, withCurrentState } from './complete-snapshots.ts';
import { contactSearch, findContacts, type SearchContacts } from './contact-search.ts';

/** Rejects with `conflict` when not installed, `unavailable` when Intercom does not respond. */
export async function linkPendingPeople(ctx: Context, workspaceId: string, campaignId: string) {
  const search = await contactSearch(ctx, workspaceId);
  for (let afterId: string | null = null; ; ) {
    const people = await unlinkedPeople(ctx.database.db, workspaceId, campaignId, afterId);
    await linkContacts(ctx, workspaceId, people, search);
    const last = people.at(-1);
    if (last === undefined) return;
    afterId = last.id;
  }
}

/** People without a clear match stay unlinked. */
export async function linkContacts(
  ctx: Context,
  workspaceId: string,
  people: readonly Person[],
  search: SearchContacts,
): Promise<void> {
  for (const [personId, contact] of await findContacts(search, people)) {
    if (contact !== 'several') await linkContact(ctx, workspaceId, personId, contact);
  }
}

async function linkContact(ctx: Context, workspaceId: string, personId: string, contact: SeenContact) {
  const contacts = await withCurrentState(ctx, workspaceId, [contact]);
  return ctx.database.transaction(async (tx) => {
    // Contact before people, in the order that deliveries lock them.
    await completeSnapshots(ctx, tx, workspaceId, contacts);
    const referralIds = await linkPerson(tx, workspaceId, personId, contact.id);
    for (const id of referralIds) await planWriteBack(ctx, tx, workspaceId, id);
  });
}
