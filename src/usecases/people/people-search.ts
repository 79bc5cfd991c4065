// The people of the referral side: found by what they are called, or listed newest first, with what campaigns they are in.
import type { Page, PageRequest, Person } from '../../domain/program/program.ts';
import type { ReferralStatus } from '../../domain/program/referral.ts';

/** Only people who are referred in this campaign, with this status. */
export type PeopleFilter = { campaignId?: string | undefined; status?: ReferralStatus | undefined };

export type ListedPerson = Person & {
  createdAt: Date;
  referred: { campaign: string; status: ReferralStatus }[];
  refersIn: string[];
};

export type PeopleStore = {
  /**
   * Ids of those whose email, external id, contact id or name begins with the text, any word of the name too. `more`: there
   * are more than `most`, among whom these were picked.
   */
  beginningWith(
    workspaceId: string,
    text: string,
    filter: PeopleFilter,
    most: number,
  ): Promise<{ ids: string[]; more: boolean }>;
  /** Newest first: when they were first known, or with a filter when they joined. */
  newest(workspaceId: string, filter: PeopleFilter, page: PageRequest): Promise<Page<string>>;
  /** In the order of the ids. */
  listed(workspaceId: string, ids: readonly string[]): Promise<ListedPerson[]>;
};

/** `more`: there are more than a search gives; a longer text finds them. */
export type Found = { people: ListedPerson[]; count: number; more: boolean };

export type PeopleSearch = ReturnType<typeof createPeopleSearch>;

export const peoplePerPage = 25;
const mostFound = 200;

export function createPeopleSearch({ store }: { store: PeopleStore }) {
  return {
    /** `page` counts from 0. */
    async search(workspaceId: string, text: string, filter: PeopleFilter, page: number): Promise<Found> {
      const { ids, more } = await store.beginningWith(workspaceId, text, filter, mostFound);
      const shown = ids.slice(page * peoplePerPage, (page + 1) * peoplePerPage);
      return { people: await store.listed(workspaceId, shown), count: ids.length, more };
    },

    async newest(
      workspaceId: string,
      filter: PeopleFilter,
      after: PageRequest['after'],
    ): Promise<Page<ListedPerson>> {
      const { items, next } = await store.newest(workspaceId, filter, { limit: peoplePerPage, after });
      return { items: await store.listed(workspaceId, items), next };
    },
  };
}
