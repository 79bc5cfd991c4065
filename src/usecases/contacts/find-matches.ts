// Finds the contacts that a draft may mean: by stored link, external ID, recent creation, or search.

import type { Context } from '../../context.ts';
import { isOfDraft } from '../../domain/contacts/contact-difference.ts';
import type {
  ContactDraft,
  FoundBy,
  FoundContact,
  IntercomContact,
} from '../../domain/contacts/contact-draft.ts';
import { emailKey } from '../../domain/identity.ts';
import { archivedAmong, findCreatedContacts, linksAmong } from '../../store/contacts/created-contacts.ts';
import type { UpsertOptions } from './upsert.ts';

export type Search = {
  ctx: Context;
  intercom: Context['intercom']['background']['contacts'];
  workspaceId: string;
  draft: ContactDraft;
  options: UpsertOptions;
};

export type Matches = {
  found: FoundContact[];
  /** Created by an earlier attempt of the same work: not a duplicate, but to be finished. */
  existing: IntercomContact | null;
};

type Candidate = { contact: IntercomContact; by: FoundBy };

export async function findMatches(search: Search): Promise<Matches> {
  const { ctx, intercom, workspaceId, draft, options } = search;
  const keys = creationKeys(draft, options.idempotencyKey);
  const created = await findCreatedContacts(ctx.database.db, workspaceId, Object.values(keys));
  const createdUnder = async (key: string | undefined) => {
    const id = key === undefined ? undefined : created.get(key);
    return id === undefined ? null : intercom.read(workspaceId, id);
  };
  const existing = await createdUnder(keys.work);
  if (existing !== null) return { found: [], existing };

  const linked = options.linkedId === null ? null : await intercom.read(workspaceId, options.linkedId);
  const byId = [...(await withExternalId(search)), await createdUnder(keys.external)];
  const byEmail = [await createdUnder(keys.email), ...(await withEmail(search))];
  const email = emailKey(draft.email);
  const candidates = [
    ...named('link', [linked]),
    ...named('external-id', byId).filter(({ contact }) => contact.externalId === draft.externalId),
    ...named('email', byEmail).filter(({ contact }) => emailKey(contact.email) === email),
  ];
  const lost = await lostAnswer(search, candidates);
  if (lost !== null) return { found: [], existing: lost };
  return { found: await describe(search, candidates), existing: null };
}

/** Not with candidates from a bulk search: Intercom itself refuses a second user with the external ID. */
async function withExternalId({ intercom, workspaceId, draft, options }: Search) {
  if (draft.externalId === undefined || options.candidates !== undefined) return [];
  return [await intercom.findByExternalId(workspaceId, draft.externalId)];
}

async function withEmail({ intercom, workspaceId, draft, options }: Search) {
  const email = emailKey(draft.email);
  if (email === null) return [];
  return options.candidates ?? intercom.search(workspaceId, 'email', [email]);
}

/** Created by an earlier attempt with a lost answer: it is new, and matches the draft. */
async function lostAnswer(
  { intercom, workspaceId, draft, options }: Search,
  candidates: readonly Candidate[],
) {
  if (options.attemptedAt === null) return null;
  const { phone, name } = draft;
  const field = phone === undefined ? 'name' : 'phone';
  const value = phone ?? name;
  const unknown = emailKey(draft.email) === null && value !== undefined;
  const alike = unknown ? await intercom.search(workspaceId, field, [value]) : [];
  const contacts = [...candidates.map(({ contact }) => contact), ...alike];
  return contacts.find((contact) => isOurCreation(draft, contact, options)) ?? null;
}

async function describe(
  { ctx, workspaceId, options: { personId = null, excludedIds = [] } }: Search,
  candidates: readonly Candidate[],
): Promise<FoundContact[]> {
  if (candidates.length === 0) return [];
  // A contact's first match is its surest.
  const once = [...new Map(candidates.toReversed().map((one) => [one.contact.id, one])).values()];
  const ids = once.map(({ contact }) => contact.id);
  const archived = await archivedAmong(ctx.database.db, workspaceId, ids);
  const links = personId === null ? [] : await linksAmong(ctx.database.db, workspaceId, ids);
  return once.map(({ contact, by }) => {
    const owners = links.filter(({ contactId }) => contactId === contact.id);
    const linkedToOther = owners.length > 0 && owners.every((owner) => owner.personId !== personId);
    const belongsToOther = linkedToOther || excludedIds.includes(contact.id);
    return { ...contact, by, archived: archived.has(contact.id), belongsToOther };
  });
}

/** Null when the contact named in Intercom's conflict is gone. */
export async function findConflicting(
  search: Search,
  conflict: { id: string; archived: boolean },
): Promise<FoundContact | null> {
  const contact = await search.intercom.read(search.workspaceId, conflict.id);
  if (contact === null) return null;
  const [found] = await describe(search, named('conflict', [contact]));
  return found === undefined ? null : { ...found, archived: conflict.archived };
}

function named(by: FoundBy, contacts: readonly (IntercomContact | null)[]): Candidate[] {
  return contacts.flatMap((contact) => (contact === null ? [] : [{ contact, by }]));
}

export function creationKeys(draft: Pick<ContactDraft, 'email' | 'externalId'>, idempotencyKey: string) {
  const email = emailKey(draft.email);
  return {
    work: `for:${idempotencyKey}`,
    ...(email === null ? {} : { email: `email:${email}` }),
    ...(draft.externalId === undefined ? {} : { external: `external:${draft.externalId}` }),
  };
}

/** Allows for clock skew and all retries. */
const toleranceMs = 15 * 60_000;
/** Shorter, since many people share a name. */
const withoutEmailToleranceMs = 2 * 60_000;

/** Whether an earlier attempt created it: it matches the draft and is not older. */
export function isOurCreation(
  draft: ContactDraft,
  contact: IntercomContact,
  { attemptedAt }: Pick<UpsertOptions, 'attemptedAt'>,
): boolean {
  if (attemptedAt === null || contact.createdAt === null) return false;
  const tolerance = emailKey(draft.email) === null ? withoutEmailToleranceMs : toleranceMs;
  return contact.createdAt.getTime() >= attemptedAt.getTime() - tolerance && isOfDraft(draft, contact);
}
