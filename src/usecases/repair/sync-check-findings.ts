// A sync check's findings: people with a differing contact, and contacts with our data but no person.
import type { Context } from '../../context.ts';
import type { ContactLocation } from '../../domain/contacts/contact-location.ts';
import type { SeenContact } from '../../domain/qualification/notification.ts';
import { carriedMarks, compareContact, type SyncFinding } from '../../domain/repair/sync-check.ts';
import { attributesFor } from '../../domain/runs/write-back.ts';
import { hiddenAmong } from '../../store/contacts/created-contacts.ts';
import { findCampaign } from '../../store/program/campaigns.ts';
import { isLinkRefused } from '../../store/qualification/linking.ts';
import {
  type ComparedPerson,
  comparedPeople,
  knownContacts,
  type SyncCheck,
} from '../../store/repair/sync-checks.ts';
import { readSettings } from '../../store/workspace/settings.ts';
import { followMerge } from '../contacts/follow-merge.ts';
import { findContacts } from '../qualification/contact-search.ts';
import { involvementOf } from '../runs/write-back.ts';

export type FoundPage = { findings: SyncFinding[]; seen: number; next: string | null };

/** Intercom's limit for one search. */
const perPage = 50;
/** Intercom's search lags for new contacts. */
const isNewMs = 10 * 60_000;

export async function findInPeople(
  ctx: Context,
  { workspaceId, campaignId, cursor }: SyncCheck,
): Promise<FoundPage> {
  const which = { campaignId, after: cursor, limit: perPage };
  const page = await comparedPeople(ctx.database.db, workspaceId, which);
  const linked = page.filter(({ person }) => person.contactId !== null);
  const unlinked = page.filter(({ person }) => person.contactId === null);
  const findings = [
    ...(await compareLinked(ctx, workspaceId, linked)),
    ...(await compareUnlinked(ctx, workspaceId, unlinked)),
  ];
  const last = page.length === perPage ? page.at(-1) : undefined;
  return { findings, seen: page.length, next: last?.person.id ?? null };
}

async function compareLinked(
  ctx: Context,
  workspaceId: string,
  linked: readonly ComparedPerson[],
): Promise<SyncFinding[]> {
  if (linked.length === 0) return [];
  const { bulk } = ctx.intercom;
  const { write_back: writes } = await readSettings(ctx.database.db, workspaceId);
  const { tagId } = await bulk.marksOf(workspaceId);
  const ids = [...new Set(linked.flatMap(({ person }) => person.contactId ?? []))];
  const found = await bulk.searchContacts(workspaceId, 'id', ids);
  const contacts = new Map(found.map((contact) => [contact.id, contact]));
  const findings: SyncFinding[] = [];
  for (const compared of linked) {
    const contactId = compared.person.contactId ?? '';
    const compare = async (contact: SeenContact) => {
      const { involvement } = await involvementOf(ctx, workspaceId, contact.id);
      return compareContact(compared.person, contact, {
        attributes: writes.attributes ? attributesFor(involvement) : null,
        tag: writes.tag && compared.isReferred ? { id: tagId } : null,
        user: compared.enrolling.some(({ user }) => user),
        email: !compared.sharesContact,
      });
    };
    const searched = contacts.get(contactId);
    if (searched && (await compare(searched)) === null) continue;
    // A search shows old values, and neither archived nor merged contacts.
    const location = await followMerge(ctx, 'bulk', workspaceId, contactId);
    const present = location.state === 'present' ? location.contact : survivorOf(location);
    const finding = present
      ? await compare(present)
      : await missing(ctx, workspaceId, compared, contactId, location);
    if (finding) findings.push(finding);
  }
  return findings;
}

const survivorOf = (location: ContactLocation) => (location.state === 'merged' ? location.survivor : null);

/** Only a contact that is known to be gone, or of which nothing is known, is made again. */
async function missing(
  ctx: Context,
  workspaceId: string,
  { person, enrolling }: ComparedPerson,
  contactId: string,
  { state }: ContactLocation,
): Promise<SyncFinding> {
  const hidden = (await hiddenAmong(ctx.database.db, workspaceId, [contactId])).get(contactId);
  const place = state === 'merged' ? 'merged' : hidden === 'archived' ? 'archived' : null;
  const differences = [{ field: 'contact', program: contactId, intercom: place }];
  const repair = place === null && enrolling.length > 0 ? 'enroll' : 'none';
  return { kind: 'missing', personId: person.id, contactId, differences, repair };
}

async function compareUnlinked(
  ctx: Context,
  workspaceId: string,
  unlinked: readonly ComparedPerson[],
): Promise<SyncFinding[]> {
  if (unlinked.length === 0) return [];
  const people = unlinked.map(({ person }) => person);
  const searched = await findContacts(
    (field, values) => ctx.intercom.bulk.searchContacts(workspaceId, field, values),
    people,
  );
  const contacts = new Map<string, SeenContact | 'several'>();
  for (const [personId, contact] of searched) {
    // A search still shows who was merged, archived or deleted a moment ago.
    const location =
      contact === 'several' ? null : await ctx.intercom.bulk.locateContact(workspaceId, contact.id);
    const present = location?.state === 'present' ? location.contact : location && survivorOf(location);
    if (location === null) contacts.set(personId, 'several');
    else if (present) {
      const isRefused = await isLinkRefused(ctx.database.db, workspaceId, personId, present.id);
      contacts.set(personId, isRefused ? 'several' : present);
    }
  }
  return unlinked.flatMap(({ person: { id: personId }, createdAt, enrolling, underWay }): SyncFinding[] => {
    const contact = contacts.get(personId);
    if (contact === 'several') {
      const differences = [{ field: 'contact', program: null, intercom: 'several' }];
      return [{ kind: 'unlinked', personId, contactId: null, differences, repair: 'none' }];
    }
    if (contact) {
      const differences = [{ field: 'contact', program: null, intercom: contact.id }];
      return [{ kind: 'unlinked', personId, contactId: contact.id, differences, repair: 'link' }];
    }
    const isNew = ctx.now().getTime() - createdAt.getTime() < isNewMs;
    if (enrolling.length === 0 || underWay || isNew) return [];
    const differences = [{ field: 'contact', program: 'wanted', intercom: null }];
    return [{ kind: 'missing', personId, contactId: null, differences, repair: 'enroll' }];
  });
}

/** Contacts that name the campaign. */
export async function findInContacts(
  ctx: Context,
  { workspaceId, campaignId, cursor }: SyncCheck,
): Promise<FoundPage> {
  const { bulk } = ctx.intercom;
  const marks = await bulk.marksOf(workspaceId);
  if (marks.tagId === null && marks.attributes.length === 0) return { findings: [], seen: 0, next: null };
  const campaign = campaignId === null ? null : await findCampaign(ctx.database.db, workspaceId, campaignId);
  const page = await bulk.contactsCarrying(workspaceId, marks, cursor);
  const contacts = page.contacts.map(({ contact }) => contact).filter((contact) => isOf(contact, campaign));
  const known = await knownContacts(ctx.database.db, workspaceId, contacts);
  const findings = contacts
    .filter(({ id }) => !known.has(id))
    .map((contact): SyncFinding => {
      const differences = carriedMarks(contact, marks.tagId);
      return { kind: 'orphaned', personId: null, contactId: contact.id, differences, repair: 'clear' };
    });
  return { findings, seen: 0, next: page.next };
}

function isOf({ facts }: SeenContact, campaign: { name: string } | null): boolean {
  return campaign === null || facts['custom_attributes.referral_campaign'] === campaign.name;
}
