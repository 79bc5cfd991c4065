// An erasure's pages: sweeps all tables, then cleans up Intercom.
import type { Context } from '../../context.ts';
import type { Stepped, WorkKey } from '../../domain/page-work.ts';
import { addErasedCounts, patternsFor, type Sought } from '../../domain/repair/erasure.ts';
import { ownAttributes, referredTag } from '../../domain/runs/write-back.ts';
import { Failure } from '../../failure.ts';
import type { Tx } from '../../store/database.ts';
import { eraseRows } from '../../store/repair/erase-rows.ts';
import { type Erasure, erasureRows, sweepTables } from '../../store/repair/erasures.ts';
import { mergeWritten } from '../../store/runs/write-back.ts';
import { doPageOnce, enqueuePages, type PageWork } from '../page-work.ts';
import { distinct, erasureRunPlanner, unknownValues } from './erasure.ts';

export const erasureWork: PageWork = {
  name: 'erasure',
  rows: erasureRows,
  step,
  // An erasure never gives up: Intercom may answer tomorrow.
  async giveUp(ctx, tx, key, trouble) {
    await erasureRows.change(tx, key, { trouble }, ctx.now());
    await enqueuePages(ctx, tx, 'erasure', key, { afterSeconds: 600 });
  },
};

const noPerson: Sought = { personIds: [], contactIds: [], emails: [], externalIds: [], names: [] };

async function step(ctx: Context, { workspaceId, id }: WorkKey): Promise<Stepped> {
  const erasure = await erasureRows.find(ctx.database.db, workspaceId, id);
  if (!erasure || erasure.state === 'done' || erasure.sought === null) return 'over';
  const { sought } = erasure;
  if (erasure.place !== null)
    return doPageOnce(ctx, erasureRows, erasure, (tx) => sweep(ctx, tx, erasure, sought));
  const inIntercom = await contactsInIntercom(ctx, workspaceId, sought);
  return doPageOnce(ctx, erasureRows, erasure, (tx) => finish(ctx, tx, erasure, sought, inIntercom));
}

async function sweep(ctx: Context, tx: Tx, erasure: Erasure, sought: Sought): Promise<Stepped> {
  const { workspaceId, id, place } = erasure;
  // Reveals only the erasure.
  const token = `erased-${id.slice(0, 8)}`;
  const swept = await sweepTables(tx, workspaceId, { sought, place, token });
  const newIds = swept.contactIds.filter((contactId) => !sought.contactIds.includes(contactId));
  const more =
    newIds.length === 0 ? {} : await eraseRows(tx, workspaceId, { ...noPerson, contactIds: newIds });
  const changes = {
    place: swept.next,
    erased: addErasedCounts(addErasedCounts(erasure.erased, swept.erased), more),
    sought: { ...sought, contactIds: [...sought.contactIds, ...newIds] },
    trouble: null,
  };
  await erasureRows.change(tx, erasure, changes, ctx.now());
  return 'more';
}

/** Contacts with one of the identifiers; null when not installed. */
async function contactsInIntercom(
  ctx: Context,
  workspaceId: string,
  { emails, externalIds }: Sought,
): Promise<string[] | null> {
  const { searchContacts } = ctx.intercom.background;
  try {
    const found = [
      ...(await searchContacts(workspaceId, 'email', emails)),
      ...(await searchContacts(workspaceId, 'external_id', externalIds)),
    ];
    return found.map((contact) => contact.id);
  } catch (error) {
    if (error instanceof Failure && error.code === 'unauthorized') return null;
    throw error;
  }
}

async function finish(
  ctx: Context,
  tx: Tx,
  erasure: Erasure,
  sought: Sought,
  inIntercom: string[] | null,
): Promise<Stepped> {
  const { workspaceId } = erasure;
  const contactIds = distinct([...sought.contactIds, ...(inIntercom ?? [])]);
  // Again, since work that was under way the first time has ended.
  const more = await eraseRows(tx, workspaceId, { ...sought, contactIds });
  const { emails, others } = patternsFor(sought);
  const jobs = await ctx.queue.forget(tx, workspaceId, { anyCase: emails, exact: others });
  if (inIntercom !== null) await planInIntercom(ctx, tx, erasure, contactIds);
  const changes = {
    state: 'done' as const,
    sought: null,
    contacts: inIntercom === null ? null : contactIds.length,
    erased: addErasedCounts(erasure.erased, { ...more, jobs }),
    trouble: inIntercom === null ? 'Intercom was not searched because the app is not installed there.' : null,
    finishedAt: ctx.now(),
  };
  await erasureRows.change(tx, erasure, changes, ctx.now());
  return 'over';
}

/** Deletes the contacts, or removes our data from them. */
async function planInIntercom(ctx: Context, tx: Tx, erasure: Erasure, contactIds: readonly string[]) {
  const planErasureRun = await erasureRunPlanner(ctx, tx, erasure);
  for (const contactId of contactIds) {
    const request = null;
    if (erasure.alsoInIntercom) {
      const action = { do: 'delete' as const, contactId };
      await planErasureRun(contactId, contactId, { kind: 'contact', action, request, actor: null });
      continue;
    }
    const written = unknownValues(Object.keys(ownAttributes));
    await mergeWritten(tx, erasure.workspaceId, contactId, written);
    await planErasureRun(contactId, contactId, { kind: 'write-back', contactId });
    const untag = { do: 'tag' as const, contactId, add: [], remove: [referredTag] };
    await planErasureRun(contactId, contactId, { kind: 'contact', action: untag, request, actor: null });
  }
}
