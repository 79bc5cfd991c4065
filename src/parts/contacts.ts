// Contacts of Intercom's: made, used where they are there already, acted upon.
import { createContactMaking } from '../intercom/contact-making.ts';
import { createMadeContactStore } from '../store/made-contacts.ts';
import { createEnsuring } from '../usecases/contact-ensuring.ts';
import type { Ground } from './ground.ts';
import type { Outgoing } from './outgoing.ts';

/** "A few minutes", says Intercom of its search; five were seen. */
const usualSearchLagMs = 5 * 60_000;

/** `bulk` gives way to all other work. */
export function buildContacts(
  { overrides, now, database }: Ground,
  { callOf, bulkCallOf }: Pick<Outgoing, 'callOf' | 'bulkCallOf'>,
) {
  const store = createMadeContactStore(database);
  const searchLagMs = overrides.searchLagMs ?? usualSearchLagMs;
  const by = (calls: typeof callOf) =>
    createEnsuring({ store, intercom: createContactMaking(calls), now, searchLagMs });
  return { ensuring: by(callOf), bulkEnsuring: by(bulkCallOf), forgetMade: store.forget };
}
