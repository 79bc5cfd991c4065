// Who is there already for a draft: by the stored link, the company's own id, what was made lately, and a search.
import { foldEmail } from '../../domain/contacts/contact.ts';
import { isOfDraft } from '../../domain/contacts/contact-difference.ts';
import type {
  ContactDraft,
  FoundBy,
  FoundContact,
  IntercomContact,
} from '../../domain/contacts/contact-draft.ts';
import type { EnsuringDeps, How } from './contact-ensuring-edges.ts';

export type Looked = {
  found: FoundContact[];
  /** What an earlier try for the same piece of work has made: no duplicate, but to be finished. */
  ours: IntercomContact | null;
};

type Candidate = { contact: IntercomContact; by: FoundBy };
type Asked = { workspaceId: string; draft: ContactDraft; how: How };

export function createContactFinding({ store, intercom }: Pick<EnsuringDeps, 'store' | 'intercom'>) {
  async function look(asked: Asked): Promise<Looked> {
    const { workspaceId, draft, how } = asked;
    const keys = madeKeys(draft, how.madeFor);
    const made = await store.made(workspaceId, Object.values(keys));
    const madeUnder = async (key: string | undefined) => {
      const id = key === undefined ? undefined : made.get(key);
      return id === undefined ? null : intercom.read(workspaceId, id);
    };
    const ours = await madeUnder(keys.work);
    if (ours !== null) return { found: [], ours };

    const linked = how.linkedId === null ? null : await intercom.read(workspaceId, how.linkedId);
    const byId = [...(await withExternalId(asked)), await madeUnder(keys.external)];
    const byEmail = [await madeUnder(keys.email), ...(await withEmail(asked))];
    const email = foldEmail(draft.email);
    const candidates = [
      ...named('link', [linked]),
      ...named('external-id', byId).filter(({ contact }) => contact.externalId === draft.externalId),
      ...named('email', byEmail).filter(({ contact }) => foldEmail(contact.email) === email),
    ];
    const lost = await lostAnswer(asked, candidates);
    if (lost !== null) return { found: [], ours: lost };
    return { found: await described(workspaceId, candidates, how), ours: null };
  }

  /** A search for many says nothing of ids, but of users Intercom itself says when there is one. */
  async function withExternalId({ workspaceId, draft, how }: Asked) {
    if (draft.externalId === undefined || how.candidates !== undefined) return [];
    return [await intercom.findByExternalId(workspaceId, draft.externalId)];
  }

  async function withEmail({ workspaceId, draft, how }: Asked) {
    const email = foldEmail(draft.email);
    if (email === null) return [];
    return how.candidates ?? intercom.search(workspaceId, 'email', [email]);
  }

  /** What an earlier try has made though its answer was lost: it is new, and is who the draft says. */
  async function lostAnswer({ workspaceId, draft, how }: Asked, candidates: readonly Candidate[]) {
    if (how.askedAt === null) return null;
    const { phone, name } = draft;
    const field = phone === undefined ? 'name' : 'phone';
    const value = phone ?? name;
    const unknown = foldEmail(draft.email) === null && value !== undefined;
    const alike = unknown ? await intercom.search(workspaceId, field, [value]) : [];
    const contacts = [...candidates.map(({ contact }) => contact), ...alike];
    return contacts.find((contact) => mayBeOurs(draft, contact, how)) ?? null;
  }

  async function described(
    workspaceId: string,
    candidates: readonly Candidate[],
    { personId = null, notThese = [] }: How,
  ): Promise<FoundContact[]> {
    if (candidates.length === 0) return [];
    // The first way in which a contact was found is the surest.
    const once = [...new Map(candidates.toReversed().map((one) => [one.contact.id, one])).values()];
    const ids = once.map(({ contact }) => contact.id);
    const archived = await store.archived(workspaceId, ids);
    const links = personId === null ? [] : await store.linked(workspaceId, ids);
    return once.map(({ contact, by }) => {
      const owners = links.filter(({ contactId }) => contactId === contact.id);
      const linkedToOther = owners.length > 0 && owners.every((owner) => owner.personId !== personId);
      const anothers = linkedToOther || notThese.includes(contact.id);
      return { ...contact, by, archived: archived.has(contact.id), anothers };
    });
  }

  /** The contact of which Intercom said that it is in the way; null when it is gone again. */
  async function inTheWay(
    { workspaceId, how }: Asked,
    conflict: { id: string; archived: boolean },
  ): Promise<FoundContact | null> {
    const contact = await intercom.read(workspaceId, conflict.id);
    if (contact === null) return null;
    const [found] = await described(workspaceId, named('conflict', [contact]), how);
    return found === undefined ? null : { ...found, archived: conflict.archived };
  }

  return { look, inTheWay };
}

function named(by: FoundBy, contacts: readonly (IntercomContact | null)[]): Candidate[] {
  return contacts.flatMap((contact) => (contact === null ? [] : [{ contact, by }]));
}

/** Under what the next one looks for a contact that was just made. */
export function madeKeys(draft: Pick<ContactDraft, 'email' | 'externalId'>, madeFor: string) {
  const email = foldEmail(draft.email);
  return {
    work: `for:${madeFor}`,
    ...(email === null ? {} : { email: `email:${email}` }),
    ...(draft.externalId === undefined ? {} : { external: `external:${draft.externalId}` }),
  };
}

/** Between our asking and what Intercom calls the moment of making lie two clocks, and all repeats. */
const asMuchEarlierMs = 15 * 60_000;
/** Names are shared by many: those without an email are ours only if they are as new as can be. */
const withoutEmailMs = 2 * 60_000;

/** Whom we asked for, and no older: it is taken for what an earlier try has made. */
export function mayBeOurs(
  draft: ContactDraft,
  contact: IntercomContact,
  { askedAt }: Pick<How, 'askedAt'>,
): boolean {
  if (askedAt === null || contact.createdAt === null) return false;
  const earlier = foldEmail(draft.email) === null ? withoutEmailMs : asMuchEarlierMs;
  return contact.createdAt.getTime() >= askedAt.getTime() - earlier && isOfDraft(draft, contact);
}
