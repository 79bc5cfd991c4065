// Comparing both sides, and what is read again after a time in which notifications may have been missed.

import { shareLink } from '../domain/program/share-link.ts';
import { contactsCarrying, contactsChangedSince } from '../intercom/contacts/contact-lists.ts';
import { readContact } from '../intercom/contacts/contact-reading.ts';
import { searchContacts } from '../intercom/contacts/contact-search.ts';
import { createMarks } from '../intercom/contacts/own-marks.ts';
import type { Tx } from '../store/database.ts';
import { createCampaignStore } from '../store/program/campaigns.ts';
import { contactLinks } from '../store/qualification/contacts.ts';
import { createDriftStore } from '../store/repair/drift.ts';
import { createRecoveryStore } from '../store/repair/recoveries.ts';
import { createWriteBackStore, noteWritten } from '../store/runs/write-back.ts';
import type { JoinedMember } from '../usecases/enrollment/enrollment-edges.ts';
import { createDrift } from '../usecases/repair/drift.ts';
import type { DriftIntercom } from '../usecases/repair/drift-edges.ts';
import { createRecovery, type RecoveryDeps } from '../usecases/repair/recovery.ts';
import type { Ground } from './context.ts';
import type { Outgoing } from './outgoing.ts';

type Given = {
  enroll(tx: Tx, workspaceId: string, member: JoinedMember): Promise<void>;
  storeDeliveries: RecoveryDeps<Tx>['storeDeliveries'];
};

/** `enroll` plans an enrollment, anew where there was one. */
export function buildComparing(
  { config, database, queue, now, newId, log }: Ground,
  { bulkCallOf, installations, runStore, settings, writeBack }: Outgoing,
  { enroll, storeDeliveries }: Given,
) {
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
  const { involvement } = createWriteBackStore(
    database,
    ({ code, link }) => link ?? shareLink(config.publicUrl, code),
  );
  const drift = createDrift<Tx>({
    transaction,
    store: createDriftStore(database),
    intercom,
    campaigns: createCampaignStore(database),
    settings,
    involvement,
    setWritten: noteWritten,
    linkTo: contactLinks.linkTo,
    enroll,
    planWriteBack: writeBack.plan,
    runs: runStore,
    enqueue: (tx, report, afterSeconds) =>
      queue.enqueue(tx, { name: 'work-in-pages', what: 'drift', ...report }, { afterSeconds }),
    now,
    newId,
    log,
  });
  const recovery = createRecovery<Tx>({
    transaction,
    store: createRecoveryStore(database),
    async changedSince(workspaceId, since, after) {
      const { contacts, next } = await contactsChangedSince(await bulkCallOf(workspaceId), since, after);
      const changed = contacts.map(({ contact, item }) => ({ contact, json: JSON.stringify(item) }));
      return { contacts: changed, next };
    },
    storeDeliveries,
    async installed() {
      const all = await Promise.all((await installations.workspaceIds()).map((id) => installations.find(id)));
      return all.flatMap((one) => (one?.status === 'active' ? [one.workspaceId] : []));
    },
    beginDrift: drift.begin,
    enqueue: (tx, one, afterSeconds) =>
      queue.enqueue(tx, { name: 'work-in-pages', what: 'missed', ...one }, { afterSeconds }),
    now,
    newId,
    log,
  });
  return { drift, recovery };
}
