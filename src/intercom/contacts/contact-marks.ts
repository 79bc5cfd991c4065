// What separate calls attach to a contact: tags, companies, notes, events.
import { z } from 'zod';
import type { ContactDraft, ContactMarked } from '../../domain/contacts/contact-draft.ts';
import { foldText } from '../../domain/identity.ts';
import { Failure } from '../../failure.ts';
import { type IntercomCall, unexpected } from '../call.ts';
import { wireId, wireMoment } from '../wire-text.ts';
import { askAbout } from './contact-path.ts';

const named = z.object({ id: wireId });
/** When requested by the company's own id, it comes alone or as a list of one. */
const company = z.union([
  named,
  z.object({ data: z.array(named).min(1) }).transform(({ data }) => ({ id: data[0]?.id ?? '' })),
]);
const tags = z.object({ data: z.array(z.object({ id: wireId, name: z.string() })) });

/** By name, whatever its case; it is made when it is not there. */
export async function addTag(call: IntercomCall, contactId: string, tag: string): Promise<ContactMarked> {
  const made = await call('post', '/tags', { name: tag });
  const read = named.safeParse(made.data);
  if (made.status !== 200 || !read.success) throw unexpected(made);
  return attach(call, contactId, 'tags', read.data.id);
}

/** A tag that the contact does not have is no failure. */
export async function removeTag(call: IntercomCall, contactId: string, tag: string): Promise<ContactMarked> {
  const answer = await askAbout(contactId, (path) => call('get', `${path}/tags`));
  if (answer === null) return 'gone';
  const read = tags.safeParse(answer.data);
  if (answer.status !== 200 || !read.success) throw unexpected(answer);
  const worn = read.data.data.find(({ name }) => foldText(name) === foldText(tag));
  if (!worn) return 'done';
  const removed = await askAbout(contactId, (path) =>
    call('delete', `${path}/tags/${encodeURIComponent(worn.id)}`),
  );
  if (removed !== null && removed.status !== 200) throw unexpected(removed);
  return 'done';
}

/** https://developers.intercom.com/docs/references/2.16/rest-api/api.intercom.io/companies: `POST /companies` upserts. */
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
    throw new Failure('bad-upstream', `Intercom knows no company with the id ${company_id}`, {
      notDone: true,
    });
  }
  const read = company.safeParse(answer.data);
  if (answer.status !== 200 || !read.success) throw unexpected(answer);
  return attach(call, contactId, 'companies', read.data.id);
}

/** Safe to repeat. */
async function attach(
  call: IntercomCall,
  contactId: string,
  what: 'tags' | 'companies',
  id: string,
): Promise<ContactMarked> {
  const answer = await askAbout(contactId, (path) => call('post', `${path}/${what}`, { id }));
  if (answer === null) return 'gone';
  if (answer.status !== 200) throw unexpected(answer);
  return 'done';
}

const notes = z.object({
  data: z.array(z.object({ body: z.string().nullish().catch(null), created_at: wireMoment })),
});

/** https://developers.intercom.com/docs/references/2.16/rest-api/api.intercom.io/notes: they come back as HTML. */
export async function latestNotes(call: IntercomCall, contactId: string) {
  const answer = await askAbout(contactId, (path) => call('get', `${path}/notes?per_page=50`));
  if (answer === null) return null;
  const read = notes.safeParse(answer.data);
  if (answer.status !== 200 || !read.success) throw unexpected(answer);
  return read.data.data.map(({ body, created_at }) => ({
    body: body ?? '',
    createdAt: created_at ?? new Date(0),
  }));
}
