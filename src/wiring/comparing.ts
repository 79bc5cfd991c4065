// Comparing both sides, and what is read again after a time in which notifications may have been missed.

import { contactsCarrying } from '../intercom/contacts/contact-lists.ts';
import { readContact } from '../intercom/contacts/contact-reading.ts';
import { searchContacts } from '../intercom/contacts/contact-search.ts';
import { createMarks } from '../intercom/contacts/own-marks.ts';
import type { Tx } from '../store/database.ts';
import { findCampaign } from '../store/program/campaigns.ts';
import { linkPeople } from '../store/qualification/contacts.ts';
import { createDriftStore } from '../store/repair/drift.ts';
import { mergeWritten } from '../store/runs/write-back.ts';
import type { JoinedMember } from '../usecases/enrollment/enrollment-edges.ts';
import { createDrift } from '../usecases/repair/drift.ts';
import type { DriftIntercom } from '../usecases/repair/drift-edges.ts';
import { involvementOf } from '../usecases/runs/write-back.ts';
import type { Ground } from './context.ts';
import type { Outgoing } from './outgoing.ts';

type Given = {
  enroll(tx: Tx, workspaceId: string, member: JoinedMember): Promise<void>;
};

/** `enroll` plans an enrollment, anew where there was one. */
export function buildComparing(
  ground: Ground,
  { bulkCallOf, runStore, settings, writeBack }: Outgoing,
  { enroll }: Given,
) {
  const { database, queue, now, newId, log } = ground;
  const { transaction } = database;
  const marks = createMarks(bulkCallOf, now);
  const intercom: DriftIntercom = {
    async search(workspaceId) {
      const call = await bulkCallOf(workspaceId);
      return (field, values) => searchContacts(call, field, values);
    },
    read: async (workspaceId, contactId) => readContact(await bulkCallOf(workspaceId), contactId),
    marks,
    async carrying(workspaceId, which, after) {
      const { contacts, next } = await contactsCarrying(await bulkCallOf(workspaceId), which, after);
      return { contacts: contacts.map((one) => one.contact), next };
    },
  };
  const drift = createDrift<Tx>({
    transaction,
    store: createDriftStore(database),
    intercom,
    campaigns: { find: (workspaceId, id) => findCampaign(database.db, workspaceId, id) },
    settings,
    async involvement(workspaceId, contactId) {
      const { involvement, written } = await involvementOf(ground, workspaceId, contactId);
      return { is: involvement, written };
    },
    setWritten: mergeWritten,
    linkTo: linkPeople,
    enroll,
    planWriteBack: writeBack.plan,
    runs: runStore,
    enqueue: (tx, report, afterSeconds) =>
      queue.enqueue(tx, { name: 'work-in-pages', what: 'sync-check', ...report }, { afterSeconds }),
    now,
    newId,
    log,
  });
  return drift;
}
