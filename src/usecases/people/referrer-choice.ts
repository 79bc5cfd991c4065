// Finds the referrers of a campaign that match an email, a code or a name.
import type { Context } from '../../context.ts';
import { emailKey } from '../../domain/identity.ts';
import type { Referrer } from '../../domain/program/program.ts';
import { foldCode } from '../../domain/program/share-link.ts';
import { searchPeople } from '../../store/people/people-search.ts';
import { findReferrer, referrersOfPeople } from '../../store/program/referrers.ts';

export const mostReferrers = 10;
/** A name may be shared by many people who refer elsewhere. */
const mostSearched = 200;

/** A code or a whole email decides; else all with an email, ID or name that begins with it. At most one more than `mostReferrers`. */
export async function findReferrersNamed(
  { database: { db } }: Context,
  workspaceId: string,
  campaignId: string,
  text: string,
): Promise<Referrer[]> {
  const code = foldCode(text);
  const byCode = code === null ? null : await findReferrer(db, workspaceId, { code });
  if (byCode?.campaign.id === campaignId) return [byCode];
  const { ids } = await searchPeople(db, workspaceId, text, {}, mostSearched);
  if (ids.length === 0) return [];
  const found = await referrersOfPeople(db, workspaceId, campaignId, ids);
  const email = emailKey(text);
  const byEmail = found.filter(({ person }) => email !== null && person.email === email);
  return (byEmail.length > 0 ? byEmail : found).slice(0, mostReferrers + 1);
}
