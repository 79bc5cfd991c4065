// Puts right what a report found: each row is work that is recorded once, and done as all work in Intercom is.
import { attributesIn } from '../../domain/repair/drift.ts';
import { type NewRun, subjectInIntercom } from '../../domain/runs/run.ts';
import { referredTag } from '../../domain/runs/write-back.ts';
import { attemptsFor } from '../../domain/workspace/settings.ts';
import type { DriftDeps, DriftKey, DriftRow } from './drift-edges.ts';

export function createDriftRepair<Tx>(deps: DriftDeps<Tx>) {
  const { store } = deps;

  /** In one transaction with the row's being planned. */
  async function plan(tx: Tx, { workspaceId }: DriftKey, row: DriftRow): Promise<void> {
    switch (row.repair) {
      case 'enroll':
        return enroll(tx, workspaceId, row);
      case 'link':
        return link(tx, workspaceId, row);
      case 'write':
        return write(tx, workspaceId, row);
      case 'clear':
        return clear(tx, workspaceId, row);
      case 'none':
        return;
    }
  }

  async function enroll(tx: Tx, workspaceId: string, { kind, personId, contactId }: DriftRow): Promise<void> {
    const compared = personId === null ? null : await store.person(tx, workspaceId, personId);
    if (!compared) return;
    if (kind === 'missing' && contactId !== null) {
      await store.unlink(tx, workspaceId, compared.person.id, contactId);
    }
    for (const { side, id } of compared.enrolling) await deps.enroll(tx, workspaceId, { side, id });
  }

  async function link(tx: Tx, workspaceId: string, row: DriftRow): Promise<void> {
    const { personId, contactId } = row;
    if (personId === null || contactId === null) return;
    await deps.linkTo(tx, workspaceId, [personId], contactId);
    for (const id of await store.referralsOf(tx, workspaceId, personId)) {
      await deps.planWriteBack(tx, workspaceId, id);
    }
    await addRun(tx, workspaceId, row, { kind: 'write-back', contactId });
  }

  async function write(tx: Tx, workspaceId: string, row: DriftRow): Promise<void> {
    const { contactId, differences } = row;
    if (contactId === null) return;
    await deps.setWritten(tx, workspaceId, contactId, attributesIn(differences));
    await addRun(tx, workspaceId, row, { kind: 'write-back', contactId });
    if (differences.some(({ field }) => field === 'tag')) {
      await addRun(tx, workspaceId, row, { kind: 'tag', contactId, tag: referredTag });
    }
  }

  async function clear(tx: Tx, workspaceId: string, row: DriftRow): Promise<void> {
    const { contactId, differences } = row;
    if (contactId === null) return;
    await deps.setWritten(tx, workspaceId, contactId, attributesIn(differences));
    await addRun(tx, workspaceId, row, { kind: 'write-back', contactId });
    if (!differences.some(({ field }) => field === 'tag')) return;
    const action = { do: 'tag' as const, contactId, add: [], remove: [referredTag] };
    await addRun(tx, workspaceId, row, { kind: 'contact', action, request: null });
  }

  async function addRun(
    tx: Tx,
    workspaceId: string,
    { id, personId, contactId }: DriftRow,
    work: NewRun['work'],
  ): Promise<void> {
    const settings = await deps.settings.readIn(tx, workspaceId);
    await deps.runs.add(tx, {
      workspaceId,
      subject: subjectInIntercom(personId ?? contactId ?? String(id)),
      contactId,
      dedupe: `drift:${id}:${work.kind}`,
      work,
      cause: 'Repairs what differed in Intercom',
      mostAttempts: attemptsFor(work.kind, settings, null),
    });
  }

  return { plan };
}
