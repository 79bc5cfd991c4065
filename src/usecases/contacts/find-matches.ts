// Finds the contacts that a draft may mean: by stored link, external ID, recent creation, or search.
import type { Context } from '../../context.ts';
import { isOfDraft } from '../../domain/contacts/contact-difference.ts';
import type {
  ContactDraft,
  FoundBy,
  FoundContact,
  IntercomContact,
} from '../../domain/contacts/contact-draft.ts';
import { emailKey, idKey, phoneKey } from '../../domain/identity.ts';
import {
  createdForOthers,
  findCreatedContacts,
  hiddenAmong,
  linksAmong,
} from '../../store/contacts/created-contacts.ts';
import type { Reservation } from './reservation.ts';
import type { UpsertOptions } from './upsert.ts';

export type Search = {
  ctx: Context;
  intercom: Context['intercom']['background']['contacts'];
  workspaceId: string;
  draft: ContactDraft;
  options: UpsertOptions;
  reservation: Reservation;
  /** The ids of contacts that were read by their id: a search shows old values for minutes. */
  current: Set<string>;
};

export type Matches = {
  found: FoundContact[];
  /** Created by an earlier attempt of the same work: not a duplicate, but to be finished. */
  existing: IntercomContact | null;
  /** Created a moment ago and not shown by its id yet, as Intercom does at times. */
  unseen: IntercomContact['id'] | null;
};

type Candidate = { contact: IntercomContact; by: FoundBy };

export async function findMatches(search: Search): Promise<Matches> {
  const { ctx, workspaceId, draft, options, reservation } = search;
  const { keys } = reservation;
  const created = await findCreatedContacts(ctx.database.db, workspaceId, Object.values(keys));
  let unseen: string | null = null;
  const createdUnder = async (key: string | undefined) => {
    const known = key === undefined ? undefined : created.get(key);
    if (known === undefined) return null;
    const read = await readOrHidden(search, known.contactId);
    const isNew = ctx.now().getTime() - known.createdAt.getTime() < ctx.timing.searchLagMs;
    if (read === 'unknown' && isNew) unseen = known.contactId;
    return typeof read === 'string' ? null : read;
  };
  const own = created.get(keys.work);
  const existing = own === undefined ? null : await readCurrent(search, own.contactId);
  if (existing !== null) return { found: [], existing, unseen };

  const link = options.linkedId === null ? null : await readOrHidden(search, options.linkedId);
  const linked = typeof link === 'string' ? null : link;
  const byId = [...(await withExternalId(search)), await createdUnder(keys.external)];
  const byEmail = [await createdUnder(keys.email), ...(await withEmail(search))];
  const byPhone = isPhoneOnly(draft)
    ? [await createdUnder(keys.phone), ...(await searchPhone(search, draft.phone))]
    : [];
  const email = emailKey(draft.email);
  const candidates = [
    ...named('link', [linked]),
    ...named('external-id', byId).filter(({ contact }) => hasId(contact, draft)),
    ...named('email', byEmail).filter(({ contact }) => emailKey(contact.email) === email),
    ...named('phone', byPhone).filter(({ contact }) => phoneKey(contact.phone) === phoneKey(draft.phone)),
  ];
  const lost = await lostAnswer(search, candidates);
  if (lost !== null) return { found: [], existing: lost, unseen: null };
  return { found: await describe(search, candidates), existing: null, unseen };
}

async function readCurrent(search: Search, id: string): Promise<IntercomContact | null> {
  const contact = await search.intercom.read(search.workspaceId, id);
  if (contact !== null) search.current.add(contact.id);
  return contact;
}

/**
 * Intercom shows no archived contact by its id, so what is known of it stands in for it. `unknown`: nothing tells why
 * it is not shown.
 */
async function readOrHidden(search: Search, id: string): Promise<IntercomContact | 'deleted' | 'unknown'> {
  const contact = await readCurrent(search, id);
  if (contact !== null) return contact;
  const hidden = (await hiddenAmong(search.ctx.database.db, search.workspaceId, [id])).get(id) ?? 'unknown';
  if (hidden !== 'archived') return hidden;
  const { role, email = null, externalId = null, phone = null } = search.draft;
  return { ...withoutValues(id, role), email, externalId, phone };
}

/** A contact of which only the id is known. */
function withoutValues(id: string, role: ContactDraft['role']): IntercomContact {
  const names = { email: null, externalId: null, name: null, pseudonym: null, phone: null, ownerId: null };
  const times = { signedUpAt: null, createdAt: null, lastActiveAt: null };
  const rest = { avatarUrl: null, unsubscribed: false, language: null, customAttributes: {}, blocked: false };
  return { id, role, ...names, ...times, ...rest };
}

/**
 * The same contact by its id; null when it was deleted or no longer matches. `unknown`: Intercom does not show it, and
 * nothing tells why.
 */
export async function readAgain(
  search: Search,
  found: FoundContact,
): Promise<FoundContact | 'unknown' | null> {
  const contact = await readCurrent(search, found.id);
  const { ctx, workspaceId, draft } = search;
  if (contact === null) {
    const hidden = (await hiddenAmong(ctx.database.db, workspaceId, [found.id])).get(found.id);
    if (hidden === 'archived') return { ...found, archived: true };
    return hidden === 'deleted' ? null : 'unknown';
  }
  if (found.by === 'email' && emailKey(contact.email) !== emailKey(draft.email)) return null;
  if (found.by === 'phone' && phoneKey(contact.phone) !== phoneKey(draft.phone)) return null;
  return { ...found, ...contact };
}

/** Intercom does not keep the external ID of a lead: that it is one of ours says only what was remembered. */
function hasId(contact: IntercomContact, draft: ContactDraft): boolean {
  return contact.role === 'lead' || idKey(contact.externalId) === idKey(draft.externalId);
}

/** A phone says who it is only where nothing else does: families and offices share one. */
function isPhoneOnly(draft: ContactDraft): draft is ContactDraft & { phone: string } {
  return draft.phone !== undefined && emailKey(draft.email) === null && draft.externalId === undefined;
}

/** Not for a user of a bulk search: Intercom itself refuses a second one with the external ID. */
async function withExternalId({ intercom, workspaceId, draft, options }: Search) {
  if (draft.externalId === undefined) return [];
  if (draft.role === 'user' && options.candidates !== undefined) return [];
  return [await intercom.findByExternalId(workspaceId, draft.externalId)];
}

async function withEmail({ intercom, workspaceId, draft, options, reservation }: Search) {
  const email = emailKey(draft.email);
  if (email === null) return [];
  // A bulk search may be older than what is looked for.
  if (reservation.unsettledAt === null && options.candidates !== undefined) return options.candidates;
  return intercom.search(workspaceId, 'email', [email]);
}

/** Intercom keeps E.164 where it knows the country, and the digits alone where it does not. */
function searchPhone({ intercom, workspaceId }: Search, phone: string): Promise<IntercomContact[]> {
  const digits = phoneKey(phone);
  return intercom.search(workspaceId, 'phone', digits === null ? [phone] : [`+${digits}`, digits]);
}

/** Created by an earlier attempt with a lost answer: it is new, and matches the draft. */
async function lostAnswer(search: Search, candidates: readonly Candidate[]): Promise<IntercomContact | null> {
  if (search.options.attemptedAt === null) return null;
  const contacts = [...candidates.map(({ contact }) => contact), ...(await alikeWithoutEmail(search))];
  return findOurCreation(search, contacts);
}

async function alikeWithoutEmail(search: Search): Promise<IntercomContact[]> {
  const { email, phone, name } = search.draft;
  if (emailKey(email) !== null || isPhoneOnly(search.draft)) return [];
  if (phone !== undefined) return searchPhone(search, phone);
  return name === undefined ? [] : search.intercom.search(search.workspaceId, 'name', [name]);
}

async function describe(
  { ctx, workspaceId, options: { personId = null, excludedIds = [] } }: Search,
  candidates: readonly Candidate[],
): Promise<FoundContact[]> {
  if (candidates.length === 0) return [];
  // A contact's first match is its surest.
  const once = [...new Map(candidates.toReversed().map((one) => [one.contact.id, one])).values()];
  const ids = once.map(({ contact }) => contact.id);
  const hidden = await hiddenAmong(ctx.database.db, workspaceId, ids);
  const links = personId === null ? [] : await linksAmong(ctx.database.db, workspaceId, ids);
  return once.map(({ contact, by }) => {
    const owners = links.filter(({ contactId }) => contactId === contact.id);
    const linkedToOther = owners.length > 0 && owners.every((owner) => owner.personId !== personId);
    const belongsToOther = linkedToOther || excludedIds.includes(contact.id);
    const archived = hidden.get(contact.id) === 'archived';
    return { ...contact, by, archived, deleted: false, belongsToOther };
  });
}

/** Only a user conflicts. Null when Intercom names it and does not show it, as may be right after a write. */
export async function findConflicting(
  search: Search,
  { id, archived }: { id: string; archived: boolean },
): Promise<FoundContact | null> {
  const contact = (await readCurrent(search, id)) ?? (archived ? withoutValues(id, 'user') : null);
  if (contact === null) return null;
  const [found] = await describe(search, named('conflict', [contact]));
  if (found === undefined) return null;
  // Intercom calls a deleted contact archived, too.
  const hidden = await hiddenAmong(search.ctx.database.db, search.workspaceId, [id]);
  return { ...found, archived, deleted: archived && hidden.get(id) === 'deleted' };
}

function named(by: FoundBy, contacts: readonly (IntercomContact | null)[]): Candidate[] {
  return contacts.flatMap((contact) => (contact === null ? [] : [{ contact, by }]));
}

/** Allows for clock skew and all retries. */
const toleranceMs = 15 * 60_000;
/** Shorter, since many people share a name. */
const withoutEmailToleranceMs = 2 * 60_000;

/** Created by an earlier attempt: it matches the draft, is not older, and was not created for other work. */
export async function findOurCreation(
  { ctx, workspaceId, draft, options, reservation }: Search,
  contacts: readonly IntercomContact[],
): Promise<IntercomContact | null> {
  const alike = contacts.filter((contact) => mayBeOurs(draft, contact, options));
  if (alike.length === 0) return null;
  const ids = alike.map(({ id }) => id);
  const others = await createdForOthers(ctx.database.db, workspaceId, ids, reservation.keys.work);
  return alike.find(({ id }) => !others.has(id)) ?? null;
}

function mayBeOurs(
  draft: ContactDraft,
  contact: IntercomContact,
  { attemptedAt }: Pick<UpsertOptions, 'attemptedAt'>,
): boolean {
  if (attemptedAt === null || contact.createdAt === null) return false;
  const tolerance = emailKey(draft.email) === null ? withoutEmailToleranceMs : toleranceMs;
  return contact.createdAt.getTime() >= attemptedAt.getTime() - tolerance && isOfDraft(draft, contact);
}
