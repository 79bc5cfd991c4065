// What Intercom says by a contact's id, which it keeps answering after a merge.
import type { SeenContact } from '../qualification/notification.ts';

export type ContactLocation =
  | { state: 'present'; contact: SeenContact }
  /** `survivor` is null when Intercom does not name it, or does not show it. */
  | { state: 'merged'; survivor: SeenContact | null }
  /**
   * Archived, deleted, merged by Intercom itself or over more than three contacts, or not shown yet: a 404 proves
   * none of them.
   */
  | { state: 'not-found' };

/** `contactId` is the survivor's own, also when that one was merged into yet another contact meanwhile. */
export type MergedContacts = { contactId: string; mergedIds: string[] };
