// Links a user known by external ID or email before a merge brings another person to the same contact.

import type { Survivor } from '../../domain/card/conversion.ts';
import { matchContact } from '../../domain/program/contact-match.ts';
import type { Tx } from '../database.ts';
import { candidatesFor, linkPeople } from '../qualification/contacts.ts';

/** A stored link takes precedence, so a merged lead's referrals would otherwise hide the user's own. */
export async function linkOwnPeople(tx: Tx, workspaceId: string, user: Survivor): Promise<void> {
  const match = matchContact(user, await candidatesFor(tx, workspaceId, user));
  if (match.outcome !== 'matched') return;
  await linkPeople(tx, workspaceId, match.personIds, user.id);
}
