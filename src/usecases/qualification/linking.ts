// Links people to their Intercom contacts, for a rule that is to be applied to them or to see their changes.

import type { Person } from '../../domain/program/program.ts';
import type { SeenContact } from '../../domain/qualification/notice.ts';
import { Failure } from '../../failure.ts';
import { findContacts, patient, type SearchContacts } from './contacts-of-people.ts';
import type { KeepSeen } from './rule-reading.ts';

export type LinkingDeps<Tx> = {
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  store: {
    /** People with a pending referral in the campaign and without a contact, in the order of their ids. */
    unlinked(workspaceId: string, campaignId: string, afterId: string | null): Promise<Person[]>;
    /** Unless they have a contact by now. Answers their referrals. */
    link(tx: Tx, workspaceId: string, personId: string, contactId: string): Promise<string[]>;
  };
  /** Null when the app is not installed in the workspace. */
  searchIn(workspaceId: string): Promise<SearchContacts | null>;
  keepSeen: KeepSeen<Tx>;
  /** Adds the runs that bring a referral's state to Intercom. */
  planWriteBack(tx: Tx, workspaceId: string, referralId: string): Promise<void>;
  sleep(milliseconds: number): Promise<void>;
};

/** Both reject with a Failure: conflict when the app is not installed, unavailable when Intercom cannot be asked. */
export function createLinking<Tx>(deps: LinkingDeps<Tx>) {
  async function linkPending(workspaceId: string, campaignId: string): Promise<void> {
    const searching = await deps.searchIn(workspaceId);
    if (searching === null) throw new Failure('conflict', 'The app is not installed in this workspace.');
    const search = patient(searching, deps.sleep);
    for (let afterId: string | null = null; ; ) {
      const people = await deps.store.unlinked(workspaceId, campaignId, afterId);
      await linkAll(workspaceId, people, search);
      const last = people.at(-1);
      if (last === undefined) return;
      afterId = last.id;
    }
  }

  /** People who are linked to nobody; who cannot be found, or not without doubt, stays so. */
  async function linkAll(
    workspaceId: string,
    people: readonly Person[],
    search: SearchContacts,
  ): Promise<void> {
    const contacts = await findContacts(search, people);
    for (const [personId, contact] of contacts) {
      if (contact !== 'several') await link(workspaceId, personId, contact);
    }
  }

  function link(workspaceId: string, personId: string, contact: SeenContact): Promise<void> {
    return deps.transaction(async (tx) => {
      // The contact before its people, in which order notifications lock them too.
      await deps.keepSeen(tx, workspaceId, [contact]);
      const referralIds = await deps.store.link(tx, workspaceId, personId, contact.id);
      for (const id of referralIds) await deps.planWriteBack(tx, workspaceId, id);
    });
  }

  return { linkPending, linkAll };
}
