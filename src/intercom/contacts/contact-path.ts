// The path of a contact in Intercom's REST API, including after it was merged into another.
import type { AxiosResponse } from 'axios';
import { Failure } from '../../failure.ts';
import { canonicalId, type IntercomCall } from '../call.ts';

export const isContactId = (id: string) => /^[\w-]{1,255}$/.test(id);

/** Encoding is not enough: an id of two dots would lead to another route. */
export function contactPath(id: string): string {
  if (!isContactId(id))
    throw new Failure('not-found', 'This is not a contact ID.', { notDone: true, final: true });
  return `/contacts/${id}`;
}

// More hops than this mean that the merges form a circle.
const maxHops = 3;

/** The answer for the contact, or for the contact that it was merged into; null when it is gone. */
export async function askAbout(
  contactId: string,
  ask: (path: string) => ReturnType<IntercomCall>,
): Promise<AxiosResponse<unknown> | null> {
  let id: string | null = contactId;
  for (let hop = 0; id !== null && hop <= maxHops; hop += 1) {
    const answer = await ask(contactPath(id));
    if (answer.status === 404) return null;
    if (answer.status !== 410) return answer;
    id = canonicalId(answer);
  }
  return null;
}
