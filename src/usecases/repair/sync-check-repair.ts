// Repairs a row of a sync check, in one transaction with the row's new state.
import type { Context } from '../../context.ts';
import { attributesInIntercom } from '../../domain/repair/sync-check.ts';
import { type NewRun, subjectInIntercom } from '../../domain/runs/run.ts';
import { referredTag } from '../../domain/runs/write-back.ts';
import { attemptsFor } from '../../domain/workspace/settings.ts';
import { hiddenAmong } from '../../store/contacts/created-contacts.ts';
import type { Tx } from '../../store/database.ts';
import { findPersonOfContact } from '../../store/program/people.ts';
import { referralIdsOf } from '../../store/program/referrals.ts';
import { linkPeople, survivorOf } from '../../store/qualification/contacts.ts';
import { comparedPeople, dropContactLink, type SyncCheckRow } from '../../store/repair/sync-checks.ts';
import { mergeWritten } from '../../store/runs/write-back.ts';
import { readSettings } from '../../store/workspace/settings.ts';
import { planRun } from '../runs/plan-run.ts';
import { planWriteBack } from '../runs/plan-write-back.ts';
import { enrollUnlessUnderWay } from './enroll-again.ts';

type Repair = (ctx: Context, tx: Tx, workspaceId: string, row: SyncCheckRow) => Promise<void>;

const repairs: Record<SyncCheckRow['repair'], Repair> = {
  enroll,
  link,
  write: async (ctx, tx, workspaceId, row) => {
    await writeAgain(ctx, tx, workspaceId, row);
    const { contactId } = row;
    if (contactId === null || !isTagDifferent(row)) return;
    await planRowRun(ctx, tx, workspaceId, row, { kind: 'tag', contactId, tag: referredTag });
  },
  clear: async (ctx, tx, workspaceId, row) => {
    await writeAgain(ctx, tx, workspaceId, row);
    const { contactId } = row;
    if (contactId === null || !isTagDifferent(row)) return;
    // A person's contact since it was compared.
    if ((await findPersonOfContact(tx, workspaceId, contactId)) !== null) return;
    const action = { do: 'tag' as const, contactId, add: [], remove: [referredTag] };
    await planRowRun(ctx, tx, workspaceId, row, { kind: 'contact', action, request: null, actor: null });
  },
  none: async () => {},
};

export function planRepair(ctx: Context, tx: Tx, workspaceId: string, row: SyncCheckRow): Promise<void> {
  return repairs[row.repair](ctx, tx, workspaceId, row);
}

async function enroll(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  { kind, personId, contactId }: SyncCheckRow,
): Promise<void> {
  const [compared] = personId === null ? [] : await comparedPeople(tx, workspaceId, { personId });
  if (!compared) return;
  if (kind === 'missing' && contactId !== null) {
    // Archived since it was compared.
    if ((await hiddenAmong(tx, workspaceId, [contactId])).get(contactId) === 'archived') return;
    await dropContactLink(tx, workspaceId, compared.person.id, contactId);
  }
  for (const { side, id } of compared.enrolling)
    await enrollUnlessUnderWay(ctx, tx, workspaceId, { side, id });
}

async function link(ctx: Context, tx: Tx, workspaceId: string, row: SyncCheckRow): Promise<void> {
  const { personId, contactId } = row;
  if (personId === null || contactId === null) return;
  // Merged since it was compared.
  const survivor = await survivorOf(tx, workspaceId, contactId);
  // Taken back or decided otherwise by a teammate since it was compared.
  if ((await linkPeople(tx, workspaceId, [personId], survivor)).length === 0) return;
  for (const id of await referralIdsOf(tx, workspaceId, personId)) {
    await planWriteBack(ctx, tx, workspaceId, id);
  }
  await planRowRun(ctx, tx, workspaceId, row, { kind: 'write-back', contactId });
}

async function writeAgain(ctx: Context, tx: Tx, workspaceId: string, row: SyncCheckRow): Promise<void> {
  const { contactId, differences } = row;
  if (contactId === null) return;
  await mergeWritten(tx, workspaceId, contactId, attributesInIntercom(differences));
  await planRowRun(ctx, tx, workspaceId, row, { kind: 'write-back', contactId });
}

const isTagDifferent = ({ differences }: SyncCheckRow) => differences.some(({ field }) => field === 'tag');

async function planRowRun(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  { id, personId, contactId }: SyncCheckRow,
  work: NewRun['work'],
): Promise<void> {
  const settings = await readSettings(tx, workspaceId);
  await planRun(ctx, tx, {
    workspaceId,
    subject: subjectInIntercom(personId ?? contactId ?? String(id)),
    contactId,
    deduplicationKey: `sync-check:${id}:${work.kind}`,
    work,
    cause: 'Repair from a sync check',
    maxAttempts: attemptsFor(work.kind, settings, null),
  });
}
