// What separate calls attach to a contact: tags, companies, notes, events.
import type { AxiosResponse } from 'axios';
import { z } from 'zod';
import type { ContactAction } from '../../domain/contacts/contact-action.ts';
import type { ContactDraft, ContactMarked } from '../../domain/contacts/contact-draft.ts';
import { foldText } from '../../domain/identity.ts';
import { toSeconds } from '../../domain/time.ts';
import { bodyOf, type IntercomCall, unexpected } from '../call.ts';
import { optional, wireId, wireMoment } from '../incoming/wire-text.ts';
import { askAbout } from './contact-path.ts';

const named = z.object({ id: wireId });
/** When requested by the company's own id, it comes alone or as a list of one. */
const company = z.union([
  named,
  z.object({ data: z.array(named).min(1) }).transform(({ data }) => ({ id: data[0]?.id ?? '' })),
]);
const tags = z.object({ data: z.array(z.object({ id: wireId, name: z.string() })) });

export async function addTag(call: IntercomCall, contactId: string, tag: string): Promise<ContactMarked> {
  return attach(call, contactId, 'tags', await tagId(call, tag));
}

/** Creates the tag when the workspace has none of this name, in any case. */
export async function tagId(call: IntercomCall, name: string): Promise<string> {
  return bodyOf(await call('post', '/tags', { name }), named).id;
}

/** A missing tag is not a failure. */
export async function removeTag(call: IntercomCall, contactId: string, tag: string): Promise<ContactMarked> {
  const answer = await askAbout(contactId, (path) => call('get', `${path}/tags`));
  if (answer === null) return 'gone';
  const present = bodyOf(answer, tags).data.find(({ name }) => foldText(name) === foldText(tag));
  if (!present) return 'done';
  const removed = await askAbout(contactId, (path) =>
    call('delete', `${path}/tags/${encodeURIComponent(present.id)}`),
  );
  if (removed !== null && removed.status !== 200) throw unexpected(removed);
  return 'done';
}

/** Upserts: https://developers.intercom.com/docs/references/2.16/rest-api/api.intercom.io/companies */
export async function attachCompany(
  call: IntercomCall,
  contactId: string,
  wanted: NonNullable<ContactDraft['company']>,
): Promise<ContactMarked> {
  const { id: company_id, name, create } = wanted;
  const answer = create
    ? await call('post', '/companies', { company_id, ...(name === undefined ? {} : { name }) })
    : await call('get', `/companies?company_id=${encodeURIComponent(company_id)}`);
  if (!create && answer.status === 404) {
    throw unexpected(answer, `Intercom has no company with the ID ${company_id}`);
  }
  return attach(call, contactId, 'companies', bodyOf(answer, company).id);
}

/** Safe to repeat. */
async function attach(
  call: IntercomCall,
  contactId: string,
  list: 'tags' | 'companies',
  id: string,
): Promise<ContactMarked> {
  return markedBy(await askAbout(contactId, (path) => call('post', `${path}/${list}`, { id })));
}

export function markedBy(answer: AxiosResponse | null): ContactMarked {
  if (answer === null) return 'gone';
  if (answer.status !== 200) throw unexpected(answer);
  return 'done';
}

const notes = z.object({
  data: z.array(z.object({ body: optional(z.string()), created_at: wireMoment })),
});

/**
 * The latest fifty, newest first, as HTML; null when the contact is gone:
 * https://developers.intercom.com/docs/references/2.16/rest-api/api.intercom.io/notes
 */
export async function latestNotes(call: IntercomCall, contactId: string) {
  const answer = await askAbout(contactId, (path) => call('get', `${path}/notes?per_page=50`));
  if (answer === null) return null;
  return bodyOf(answer, notes).data.map(({ body, created_at }) => ({
    body: body ?? '',
    createdAt: created_at ?? new Date(0),
  }));
}

export type ContactEvent = Omit<Extract<ContactAction, { do: 'event' }>, 'do'>;

/** https://developers.intercom.com/docs/references/rest-api/api.intercom.io/data-events */
export function trackEvent(call: IntercomCall, { contactId, name, at, metadata }: ContactEvent) {
  return call('post', '/events', { event_name: name, created_at: toSeconds(at), id: contactId, metadata });
}
