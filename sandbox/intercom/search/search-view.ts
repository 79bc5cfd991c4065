// What searches and lists show: Intercom's index, which lags behind the contacts themselves.
import { scaled, settingsOf } from '../../settings.ts';
import type { Collection, Contact, World } from '../../world.ts';
import { contactIndex } from '../contacts/contact-index.ts';

type SearchView = {
  /** All listed contacts, as the index has them. */
  listed(): Contact[];
  /** Those of them that may have one of these emails, in the index or by now. */
  listedByEmail(emails: string[]): Contact[];
  /** Lets the index know all there is. */
  catchUp(): void;
};

/** A change that the index may not know yet: when it was made, in Unix milliseconds, and what was there before. */
type Change = { at: number; before: Contact | undefined };

// Kept by collection, like the index by identity.
const views = new WeakMap<Collection<Contact>, SearchView>();

/**
 * The view of a world's contacts. Made on first use, from which on it knows what changes. How long the index lags was
 * recorded against the real API: 21 of 21 searches within seconds of a write had the old name, attributes, tags and
 * `updated_at`, 17 of 17 after two minutes had the new ones. The reference says "a few minutes" of new contacts:
 * https://developers.intercom.com/docs/references/2.16/rest-api/api.intercom.io/contacts/searchcontacts
 */
export function searchView(world: World): SearchView {
  const known = views.get(world.contacts);
  if (known) return known;
  const made = viewOf(world);
  views.set(world.contacts, made);
  return made;
}

function viewOf(world: World): SearchView {
  const latest = new Map(world.contacts.all().map((contact) => [contact.id, contact]));
  const changes = new Map<string, Change[]>();

  world.contacts.watch((id, after) => {
    const before = latest.get(id);
    if (after) latest.set(id, after);
    else latest.delete(id);
    if (settingsOf(world).search_lag_ms > 0) {
      changes.set(id, [...(changes.get(id) ?? []), { at: world.nowMs(), before }]);
    }
  });

  function forgetWhatIsKnown(): void {
    const known = world.nowMs() - scaled(world, settingsOf(world).search_lag_ms);
    for (const [id, made] of changes) {
      const unknown = made.filter((change) => change.at > known);
      if (unknown.length > 0) changes.set(id, unknown);
      else changes.delete(id);
    }
  }

  function shown(id: string): Contact | undefined {
    const [first] = changes.get(id) ?? [];
    return first ? first.before : latest.get(id);
  }

  function listedOf(ids: Iterable<string>): Contact[] {
    return [...ids].flatMap((id) => shown(id) ?? []).filter(isListed);
  }

  return {
    listed() {
      forgetWhatIsKnown();
      return listedOf(new Set([...latest.keys(), ...changes.keys()]));
    },
    listedByEmail(emails) {
      forgetWhatIsKnown();
      const having = emails.flatMap(contactIndex(world).byEmail).map((contact) => contact.id);
      return listedOf(new Set([...having, ...changes.keys()]));
    },
    catchUp: () => changes.clear(),
  };
}

/** Neither the archived or blocked nor those that were merged away. */
function isListed(contact: Contact): boolean {
  return !contact.archived && !contact.blocked && contact.merged_into === null;
}
