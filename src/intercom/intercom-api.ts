// The app's calls of Intercom's REST API at one pace: an agent's click, background work, or low-priority bulk work.
import type { ContactSelection } from '../domain/repair/backfill.ts';
import type { IntercomCall } from './call.ts';
import { createContactActions } from './contacts/contact-actions.ts';
import { createContactAttributes } from './contacts/contact-attributes.ts';
import { contactsCarrying, contactsChangedSince, listContacts } from './contacts/contact-lists.ts';
import { mergedInto, readContact } from './contacts/contact-reading.ts';
import { searchContacts } from './contacts/contact-search.ts';
import { createContactWriting } from './contacts/contact-writing.ts';
import { createContacts } from './contacts/contacts.ts';
import { createConversionClient } from './contacts/conversion-client.ts';
import { createMarks } from './contacts/own-marks.ts';
import { readKnown } from './data-attributes.ts';

export type IntercomApi = ReturnType<typeof createIntercomApi>;

/** `callOf` returns the workspace's call at this pace; it rejects with `unauthorized` when there is no token. */
export function createIntercomApi(callOf: (workspaceId: string) => Promise<IntercomCall>, now: () => Date) {
  return {
    /** Creates, finds, reads and changes contacts. */
    contacts: createContacts(callOf),
    /** What `/api/v1/contacts` can do to a contact. */
    actions: createContactActions(callOf),
    /** Our own attributes, tag and event. */
    writeBack: createContactWriting(callOf),
    /** Custom attributes, cached for a minute. */
    attributes: createContactAttributes(callOf, now),
    /** Which of our own marks the workspace has, cached for a minute. */
    marksOf: createMarks(callOf, now),
    readContact: async (workspaceId: string, contactId: string) =>
      readContact(await callOf(workspaceId), contactId),
    mergedInto: async (workspaceId: string, contactId: string) =>
      mergedInto(await callOf(workspaceId), contactId),
    searchContacts: async (
      workspaceId: string,
      field: Parameters<typeof searchContacts>[1],
      values: readonly string[],
    ) => searchContacts(await callOf(workspaceId), field, values),
    listContacts: async (workspaceId: string, selection: ContactSelection, after: string | null) =>
      listContacts(await callOf(workspaceId), selection, after),
    contactsChangedSince: async (workspaceId: string, since: Date, after: string | null) =>
      contactsChangedSince(await callOf(workspaceId), since, after),
    contactsCarrying: async (
      workspaceId: string,
      mark: Parameters<typeof contactsCarrying>[1],
      after: string | null,
    ) => contactsCarrying(await callOf(workspaceId), mark, after),
    conversionClient: async (workspaceId: string) => createConversionClient(await callOf(workspaceId)),
    /** Attributes and tags that rules can name. */
    readKnown: async (workspaceId: string) => readKnown(await callOf(workspaceId)),
    /** Rejects when Intercom does not respond or refuses the token. */
    async ping(workspaceId: string): Promise<void> {
      const call = await callOf(workspaceId);
      await call('get', '/me');
    },
  };
}
