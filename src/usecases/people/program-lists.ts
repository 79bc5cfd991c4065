// Referrals and referrers as the console lists them.
import type { Context } from '../../context.ts';
import type { Place, SortedPage } from '../../domain/people/sorted-list.ts';
import {
  countReferrals,
  type ListedReferral,
  type ReferralListFilter,
  referralList,
} from '../../store/people/referral-list.ts';
import {
  findReferrerName,
  type ListedReferrer,
  type ReferrerListFilter,
  type ReferrerSort,
  referrerList,
  referrerSorts,
  sumReferrers,
} from '../../store/people/referrer-list.ts';
import { query } from '../query.ts';

export type { ListedReferral, ListedReferrer, ReferralListFilter, ReferrerListFilter, ReferrerSort };
export { referrerSorts };

export const browseReferrals = query(referralList);
export const countListedReferrals = query(countReferrals);
export const findListedReferrer = query(findReferrerName);
export const browseReferrers = query(referrerList);
export const sumListedReferrers = query(sumReferrers);

const perRead = 1_000;

/** All of them, for a file, in the memory of one page. */
export async function* readListedReferrals(
  ctx: Context,
  workspaceId: string,
  filter: ReferralListFilter,
): AsyncGenerator<ListedReferral> {
  for (let after: Place | null = null; ; ) {
    const page = { limit: perRead, after, descending: true };
    const { items, next }: SortedPage<ListedReferral> = await referralList(
      ctx.database.db,
      workspaceId,
      filter,
      'joinedAt',
      page,
    );
    yield* items;
    if (next === null) return;
    after = next;
  }
}
