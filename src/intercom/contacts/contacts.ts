// Creates, changes, reads and finds contacts by Intercom's REST API.
// https://developers.intercom.com/docs/references/2.16/rest-api/api.intercom.io/contacts
import type { AxiosResponse } from 'axios';
import type {
  ContactFields,
  ContactRefusal,
  ContactUnarchived,
  ContactUpdated,
  IntercomContact,
} from '../../domain/contacts/contact-draft.ts';
import { bindCalls, type CallOf } from '../bound-calls.ts';
import { canonicalId, codeOf, conflictIn, type IntercomCall, isGone, unexpected, wordsOf } from '../call.ts';
import { addTag, attachCompany } from './contact-marks.ts';
import { askAbout, contactPath } from './contact-path.ts';
import { searchItems } from './contact-search.ts';
import { contactWrite, readContactBody } from './contact-shape.ts';

/** Each rejects with a Failure, `notDone` for a refusal, and follows merged contacts. */
export const createContacts = (callOf: CallOf) =>
  bindCalls(callOf, { create, update, read, findByExternalId, search, unarchive, addTag, attachCompany });

async function create(
  call: IntercomCall,
  role: 'lead' | 'user',
  fields: ContactFields,
): Promise<ContactRefusal | { outcome: 'created'; contact: IntercomContact }> {
  const answer = await call('post', '/contacts', { role, ...contactWrite(fields) });
  if (answer.status !== 200) return refusalIn(answer);
  return { outcome: 'created', contact: await withLanguage(call, readContactBody(answer.data), fields) };
}

async function update(
  call: IntercomCall,
  contactId: string,
  { role, ...fields }: ContactFields & { role?: 'user' },
): Promise<ContactUpdated> {
  const write = { ...(role && { role }), ...contactWrite(fields) };
  const answer = await askAbout(contactId, (path) => call('put', path, write));
  if (answer === null) return { outcome: 'gone' };
  if (answer.status !== 200) return refusalIn(answer);
  return { outcome: 'done', contact: await withLanguage(call, readContactBody(answer.data), fields) };
}

async function read(call: IntercomCall, contactId: string): Promise<IntercomContact | null> {
  const answer = await askAbout(contactId, (path) => call('get', path));
  if (answer === null) return null;
  if (answer.status !== 200) throw unexpected(answer);
  return readContactBody(answer.data);
}

/** Users only: Intercom generates a lead's external ID. */
async function findByExternalId(call: IntercomCall, externalId: string): Promise<IntercomContact | null> {
  const answer = await call('get', `/contacts/find_by_external_id/${encodeURIComponent(externalId)}`);
  if (answer.status === 404) return null;
  if (answer.status === 200) return readContactBody(answer.data);
  const into = answer.status === 410 ? canonicalId(answer) : null;
  if (into !== null) return read(call, into);
  throw unexpected(answer);
}

/** Finds a new contact only after some minutes, and an archived one never. */
async function search(
  call: IntercomCall,
  field: 'email' | 'phone' | 'name',
  values: readonly string[],
): Promise<IntercomContact[]> {
  return (await searchItems(call, field, values)).map(readContactBody);
}

/** The only call that reaches an archived contact. */
export async function unarchive(call: IntercomCall, contactId: string): Promise<ContactUnarchived> {
  const answer = await call('post', `${contactPath(contactId)}/unarchive`);
  if (answer.status === 200) return 'done';
  if (isGone(answer)) return 'gone';
  // 400 for "not restorable", 409 for a user who has its email or external ID by now.
  if (answer.status < 400 || answer.status >= 500) throw unexpected(answer);
  return { refused: wordsOf(answer) };
}

/** No stable version accepts a language, so only this call uses the preview version. */
async function withLanguage(call: IntercomCall, contact: IntercomContact, { language }: ContactFields) {
  if (language === undefined || language === contact.language) return contact;
  const body = { language_override: language };
  const answer = await call('put', contactPath(contact.id), body, { version: 'Preview' });
  if (answer.status !== 200) throw unexpected(answer);
  return { ...contact, language };
}

/** The refusals that a use case can act on; every other answer is a Failure. */
export function refusalIn(answer: AxiosResponse): ContactRefusal {
  const message = wordsOf(answer);
  // Intercom does not document its status.
  if (codeOf(answer) === 'not_restorable') return { outcome: 'blocked', message };
  if (answer.status !== 409) throw unexpected(answer);
  return { outcome: 'conflict', ...conflictIn(message), message };
}
