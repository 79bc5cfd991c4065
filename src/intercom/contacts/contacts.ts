// Contacts by Intercom's REST API: created, changed, read and found, with what its refusals mean.
// https://developers.intercom.com/docs/references/2.16/rest-api/api.intercom.io/contacts
import type { AxiosResponse } from 'axios';
import type {
  ContactDraft,
  ContactFields,
  ContactMarked,
  ContactRefusal,
  ContactUpdated,
  IntercomContact,
} from '../../domain/contacts/contact-draft.ts';
import { canonicalId, codeOf, conflictIn, type IntercomCall, unexpected, wordsOf } from '../call.ts';
import { addTag, attachCompany } from './contact-marks.ts';
import { askAbout, contactPath } from './contact-path.ts';
import { searchItems } from './contact-search.ts';
import { contactWrite, readContactBody } from './contact-shape.ts';

type CallOf = (workspaceId: string) => Promise<IntercomCall>;

/** Each rejects with a Failure; those of a refusal say so by `notDone`. Contacts that were merged are followed. */
export function createContacts(callOf: CallOf) {
  return {
    async create(
      workspaceId: string,
      role: 'lead' | 'user',
      fields: ContactFields,
    ): Promise<ContactRefusal | { outcome: 'created'; contact: IntercomContact }> {
      const call = await callOf(workspaceId);
      const answer = await call('post', '/contacts', { role, ...contactWrite(fields) });
      if (answer.status !== 200) return refusalIn(answer);
      return { outcome: 'created', contact: await withLanguage(call, readContactBody(answer.data), fields) };
    },

    async update(
      workspaceId: string,
      contactId: string,
      { role, ...fields }: ContactFields & { role?: 'user' },
    ): Promise<ContactUpdated> {
      const call = await callOf(workspaceId);
      const write = { ...(role && { role }), ...contactWrite(fields) };
      const answer = await askAbout(contactId, (path) => call('put', path, write));
      if (answer === null) return { outcome: 'gone' };
      if (answer.status !== 200) return refusalIn(answer);
      return { outcome: 'done', contact: await withLanguage(call, readContactBody(answer.data), fields) };
    },

    /** Null when it is gone. */
    read: async (workspaceId: string, contactId: string) => readOne(await callOf(workspaceId), contactId),

    /** Users only: a lead's external ID is known to Intercom alone. */
    async findByExternalId(workspaceId: string, externalId: string): Promise<IntercomContact | null> {
      const call = await callOf(workspaceId);
      const path = `/contacts/find_by_external_id/${encodeURIComponent(externalId)}`;
      const answer = await call('get', path);
      if (answer.status === 404) return null;
      if (answer.status === 200) return readContactBody(answer.data);
      const into = answer.status === 410 ? canonicalId(answer) : null;
      if (into !== null) return readOne(call, into);
      throw unexpected(answer);
    },

    /** A new contact is found after some minutes only, an archived one never. */
    async search(
      workspaceId: string,
      field: 'email' | 'phone' | 'name',
      values: readonly string[],
    ): Promise<IntercomContact[]> {
      const items = await searchItems(await callOf(workspaceId), field, values);
      return items.map(readContactBody);
    },

    async unarchive(workspaceId: string, contactId: string): Promise<ContactMarked> {
      const call = await callOf(workspaceId);
      const answer = await call('post', `${contactPath(contactId)}/unarchive`);
      if (answer.status === 404 || answer.status === 410) return 'gone';
      if (answer.status !== 200) throw unexpected(answer);
      return 'done';
    },

    addTag: async (workspaceId: string, contactId: string, tag: string) =>
      addTag(await callOf(workspaceId), contactId, tag),
    attachCompany: async (
      workspaceId: string,
      contactId: string,
      company: NonNullable<ContactDraft['company']>,
    ) => attachCompany(await callOf(workspaceId), contactId, company),
  };
}

async function readOne(call: IntercomCall, contactId: string): Promise<IntercomContact | null> {
  const answer = await askAbout(contactId, (path) => call('get', path));
  if (answer === null) return null;
  if (answer.status !== 200) throw unexpected(answer);
  return readContactBody(answer.data);
}

/** No stable version accepts a language. The preview version does, and is used for nothing else. */
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
