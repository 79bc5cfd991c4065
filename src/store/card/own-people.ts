// A user that the card knew by external id or email, linked before a merge brings another person to the same contact.

import type { Survivor } from '../../domain/card/conversion.ts';
import { matchContact } from '../../domain/program/contact-match.ts';
import type { Tx } from '../database.ts';
import { candidatesFor, linkPeople } from '../qualification/contacts.ts';

/** A stored link goes before external id and email: without this, a merged lead's referrals would hide the user's own. */
export async function linkOwnPeople(tx: Tx, workspaceId: string, user: Survivor): Promise<void> {
  const match = matchContact(user, await candidatesFor(tx, workspaceId, user));
  if (match.outcome !== 'matched') return;
  await linkPeople(tx, workspaceId, match.personIds, user.id);
}
