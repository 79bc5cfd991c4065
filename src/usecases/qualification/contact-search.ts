// Finds the contacts of unlinked people, many per search.

import type { Context } from '../../context.ts';
import { emailKey, idKey } from '../../domain/identity.ts';
import type { Person } from '../../domain/program/program.ts';
import type { SeenContact } from '../../domain/qualification/notification.ts';
import { Failure } from '../../failure.ts';
import { rethrowToCaller, troubleOf } from '../trouble.ts';
import { type InstalledContext, requireInstalled } from './installed.ts';

/** Contacts with one of `values` in the field. Rejects with a Failure. */
export type SearchContacts = (
  field: 'id' | 'email' | 'external_id',
  values: readonly string[],
) => Promise<readonly SeenContact[]>;

const maxAttempts = 4;
const defaultWaitSeconds = 10;

/** Waits out rate limits. Rejects with `conflict` when the app is not installed. */
export async function contactSearch(
  ctx: Pick<Context, 'intercom' | 'sleep'> & InstalledContext,
  workspaceId: string,
): Promise<SearchContacts> {
  await requireInstalled(ctx, workspaceId);
  return withRateLimitRetry(
    (field, values) => ctx.intercom.background.searchContacts(workspaceId, field, values),
    ctx.sleep,
  );
}

/** Rejects with `unavailable` when Intercom does not respond, and as it refuses otherwise. */
function withRateLimitRetry(search: SearchContacts, sleep: Context['sleep']): SearchContacts {
  return async (field, values) => {
    for (let left = maxAttempts; ; left -= 1) {
      try {
        return await search(field, values);
      } catch (error) {
        const { of, words, retryAfterSeconds } = troubleOf(error);
        if (of !== 'limit' && of !== 'service') rethrowToCaller(error);
        if (of === 'service' || left === 1) {
          const message = `The contacts could not be read from Intercom (${words}). Try again later.`;
          throw new Failure('unavailable', message, { cause: error });
        }
        await sleep((retryAfterSeconds ?? defaultWaitSeconds) * 1000);
      }
    }
  };
}

type Unlinked = Pick<Person, 'id' | 'email' | 'externalId'>;

/** By person: first by external_id, then by email; `several` when an email is ambiguous. */
export async function findContacts(
  search: SearchContacts,
  people: readonly Unlinked[],
): Promise<Map<string, SeenContact | 'several'>> {
  const externalIds = people.flatMap(({ externalId }) => externalId ?? []);
  const emails = people.flatMap(({ email }) => email ?? []);
  const found = [...(await search('external_id', externalIds)), ...(await search('email', emails))];
  const contacts = [...new Map(found.map((contact) => [contact.id, contact])).values()];
  return new Map(
    people.flatMap((person): [string, SeenContact | 'several'][] => {
      const [first, second] = contactsOf(person, contacts);
      if (first === undefined) return [];
      return [[person.id, second === undefined ? first : 'several']];
    }),
  );
}

function contactsOf({ email, externalId }: Unlinked, contacts: readonly SeenContact[]): SeenContact[] {
  const id = idKey(externalId);
  const byId = contacts.find((contact) => id !== null && idKey(contact.externalId) === id);
  if (byId) return [byId];
  const folded = emailKey(email);
  return folded === null ? [] : contacts.filter((contact) => emailKey(contact.email) === folded);
}
