// Which Intercom contacts people are who are not linked to one yet, asked of Intercom many at a time.
import { foldEmail } from '../../domain/contacts/contact.ts';
import type { Person } from '../../domain/program/program.ts';
import type { SeenContact } from '../../domain/qualification/notice.ts';
import { Failure } from '../../failure.ts';

/** All contacts whose field is one of `values`. Rejects with a Failure. */
export type SearchContacts = (
  field: 'id' | 'email' | 'external_id',
  values: readonly string[],
) => Promise<readonly SeenContact[]>;

const tries = 4;
const usualWaitSeconds = 10;

/**
 * A limit is waited out: who asks for a whole campaign has the time. Rejects with the Failure `unavailable` when
 * Intercom does not tell.
 */
export function patient(search: SearchContacts, sleep: (ms: number) => Promise<void>): SearchContacts {
  return async (field, values) => {
    for (let left = tries; ; left -= 1) {
      try {
        return await search(field, values);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        if (error.code !== 'rate-limited' || left === 1) {
          const message = `Intercom could not be asked for the contacts (${error.message}). Try again later.`;
          throw new Failure('unavailable', message, { cause: error });
        }
        await sleep((error.retryAfterSeconds ?? usualWaitSeconds) * 1000);
      }
    }
  };
}

type Unlinked = Pick<Person, 'id' | 'email' | 'externalId'>;

/** By person: their contact by the company's own id, else by email; `several` when an email alone does not tell. */
export async function findContacts(
  search: SearchContacts,
  people: readonly Unlinked[],
): Promise<Map<string, SeenContact | 'several'>> {
  const found = [
    ...(await search(
      'external_id',
      people.flatMap(({ externalId }) => externalId ?? []),
    )),
    ...(await search(
      'email',
      people.flatMap(({ email }) => email ?? []),
    )),
  ];
  const contacts = [...new Map(found.map((one) => [one.id, one])).values()];
  return new Map(
    people.flatMap((person): [string, SeenContact | 'several'][] => {
      const [first, second] = contactsOf(person, contacts);
      if (first === undefined) return [];
      return [[person.id, second === undefined ? first : 'several']];
    }),
  );
}

function contactsOf({ email, externalId }: Unlinked, contacts: readonly SeenContact[]): SeenContact[] {
  const byId = contacts.find((one) => one.externalId !== null && one.externalId === externalId);
  if (byId) return [byId];
  const wanted = foldEmail(email);
  return wanted === null ? [] : contacts.filter((one) => foldEmail(one.email) === wanted);
}
