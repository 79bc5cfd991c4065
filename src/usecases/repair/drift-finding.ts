// Finds what differs, a page at a time: people against their contacts, and contacts that carry our marks against people.

import type { SeenContact } from '../../domain/qualification/notice.ts';
import { carried, compare, type Difference, type Found } from '../../domain/repair/drift.ts';
import { attributesFor } from '../../domain/runs/write-back.ts';
import { findContacts, type SearchContacts } from '../qualification/contact-search.ts';
import type { ComparedPerson, DriftDeps, DriftReport, Marks } from './drift-edges.ts';

export type FoundPage = { found: Found[]; seen: number; next: string | null };

/** As many as one search takes. */
const perPage = 50;
/** A contact that was made a moment ago is found by no search. */
const isNewMs = 10 * 60_000;

export function createDriftFinding<Tx>(deps: Omit<DriftDeps<Tx>, 'enqueue' | 'transaction'>) {
  async function people({ workspaceId, campaignId, cursor }: DriftReport): Promise<FoundPage> {
    const page = await deps.store.people(workspaceId, campaignId, { after: cursor, limit: perPage });
    if (page.length === 0) return { found: [], seen: 0, next: null };
    const search = await deps.intercom.search(workspaceId);
    const marks = await deps.intercom.marks(workspaceId);
    const linked = page.filter(({ person }) => person.contactId !== null);
    const unlinked = page.filter(({ person }) => person.contactId === null);
    const found = [
      ...(await compareLinked(workspaceId, search, marks, linked)),
      ...(await compareUnlinked(search, unlinked)),
    ];
    const last = page.length === perPage ? page.at(-1) : undefined;
    return { found, seen: page.length, next: last?.person.id ?? null };
  }

  async function compareLinked(
    workspaceId: string,
    search: SearchContacts,
    marks: Marks,
    linked: readonly ComparedPerson[],
  ): Promise<Found[]> {
    const { write_back } = await deps.settings.read(workspaceId);
    const ids = [...new Set(linked.flatMap(({ person }) => person.contactId ?? []))];
    const contacts = new Map((await search('id', ids)).map((one) => [one.id, one]));
    const found: Found[] = [];
    for (const { person, isReferred, sharesContact, enrolling } of linked) {
      const contactId = person.contactId ?? '';
      // Archived ones, and those made a moment ago, are on no list.
      const contact = contacts.get(contactId) ?? (await deps.intercom.read(workspaceId, contactId));
      if (contact === null) {
        const differences = [{ field: 'contact', here: contactId, there: null }];
        const repair = enrolling.length > 0 ? 'enroll' : 'none';
        found.push({ kind: 'missing', personId: person.id, contactId, differences, repair });
        continue;
      }
      const { is } = await deps.involvement(workspaceId, contactId);
      const difference = compare(person, contact, {
        attributes: write_back.attributes ? attributesFor(is) : null,
        tag: write_back.tag && isReferred ? { id: marks.tagId } : null,
        user: enrolling.some((one) => one.user),
        email: !sharesContact,
      });
      if (difference) found.push(difference);
    }
    return found;
  }

  async function compareUnlinked(
    search: SearchContacts,
    unlinked: readonly ComparedPerson[],
  ): Promise<Found[]> {
    const contacts = await findContacts(
      search,
      unlinked.map(({ person }) => person),
    );
    return unlinked.flatMap(({ person, createdAt, enrolling, underWay }): Found[] => {
      const contact = contacts.get(person.id);
      const personId = person.id;
      if (contact === 'several') {
        const differences = [{ field: 'contact', here: null, there: 'several' }];
        return [{ kind: 'unlinked', personId, contactId: null, differences, repair: 'none' }];
      }
      if (contact) {
        const differences = [{ field: 'contact', here: null, there: contact.id }];
        return [{ kind: 'unlinked', personId, contactId: contact.id, differences, repair: 'link' }];
      }
      const isNew = deps.now().getTime() - createdAt.getTime() < isNewMs;
      if (enrolling.length === 0 || underWay || isNew) return [];
      const differences: Difference[] = [{ field: 'contact', here: 'wanted', there: null }];
      return [{ kind: 'missing', personId, contactId: null, differences, repair: 'enroll' }];
    });
  }

  /** Of a campaign, those that say that they are of it. */
  async function contacts({ workspaceId, campaignId, cursor }: DriftReport): Promise<FoundPage> {
    const marks = await deps.intercom.marks(workspaceId);
    if (marks.tagId === null && marks.attributes.length === 0) return { found: [], seen: 0, next: null };
    const campaign = campaignId === null ? null : await deps.campaigns.find(workspaceId, campaignId);
    const page = await deps.intercom.carrying(workspaceId, marks, cursor);
    const concerned = page.contacts.filter((contact) => isOf(contact, campaign));
    const known = await deps.store.known(workspaceId, concerned);
    const found = concerned
      .filter(({ id }) => !known.has(id))
      .map((contact): Found => {
        const differences = carried(contact, marks.tagId);
        return { kind: 'orphaned', personId: null, contactId: contact.id, differences, repair: 'clear' };
      });
    return { found, seen: 0, next: page.next };
  }

  return { people, contacts };
}

function isOf({ facts }: SeenContact, campaign: { name: string } | null): boolean {
  return campaign === null || facts['custom_attributes.referral_campaign'] === campaign.name;
}
