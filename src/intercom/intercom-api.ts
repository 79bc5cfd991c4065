// Intercom's REST API at one pace: an agent's click, background work, or low-priority bulk work.
import { bindCalls, type CallOf } from './bound-calls.ts';
import type { IntercomCall } from './call.ts';
import { createContactActions } from './contacts/contact-actions.ts';
import { createContactAttributes } from './contacts/contact-attributes.ts';
import { contactsCarrying, contactsChangedSince, listContacts } from './contacts/contact-lists.ts';
import { listMerged, locateContact } from './contacts/contact-merges.ts';
import { searchContacts } from './contacts/contact-search.ts';
import { readContact } from './contacts/contact-state.ts';
import { createContacts } from './contacts/contacts.ts';
import { createConversionClient } from './contacts/conversion-client.ts';
import { createMarks } from './contacts/own-marks.ts';
import { createWriteBack } from './contacts/write-back.ts';
import { readKnown } from './data-attributes.ts';
import { listConnectors, readExecutions, saveConnector, switchConnector } from './data-connectors.ts';

export type IntercomApi = ReturnType<typeof createIntercomApi>;

/** `ownCallOf` calls the same, and keeps what is written: the notifications of the app's own work decide nothing. */
export const createIntercomApi = (callOf: CallOf, now: () => Date, ownCallOf = callOf) => ({
  contacts: createContacts(ownCallOf),
  writeBack: createWriteBack(ownCallOf),
  ownActions: createContactActions(ownCallOf),
  /** By a request of the company: rules check its changes like those made in Intercom. */
  actions: createContactActions(callOf),
  /** Cached for a minute. */
  attributes: createContactAttributes(callOf, now),
  /** Cached for a minute. */
  marksOf: createMarks(callOf, now),
  ...bindCalls(callOf, {
    readContact,
    locateContact,
    listMerged,
    searchContacts,
    listContacts,
    contactsChangedSince,
    contactsCarrying,
    conversionClient: createConversionClient,
    readKnown,
    listConnectors,
    saveConnector,
    switchConnector,
    readExecutions,
    /** Rejects when Intercom does not respond or refuses the token. */
    ping: async (call: IntercomCall): Promise<void> => void (await call('get', '/me')),
  }),
});
