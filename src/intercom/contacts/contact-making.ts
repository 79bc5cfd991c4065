// Creates, changes, reads and finds contacts by Intercom's REST API, and interprets its refusals.
// https://developers.intercom.com/docs/references/2.16/rest-api/api.intercom.io/contacts
import type { AxiosResponse } from 'axios';
import type { ContactFields, IntercomContact } from '../../domain/contacts/contact-draft.ts';
import type { EnsuringIntercom, Refusal } from '../../usecases/contacts/contact-ensuring-edges.ts';
import { canonicalId, codeOf, conflictIn, type IntercomCall, unexpected, wordsOf } from '../call.ts';
import { addTag, attachCompany } from './contact-marks.ts';
import { askAbout, contactPath } from './contact-path.ts';
import { searchItems } from './contact-search.ts';
import { contactWrite, readContactBody } from './contact-shape.ts';

type CallOf = (workspaceId: string) => Promise<IntercomCall>;

export function createContactMaking(callOf: CallOf): EnsuringIntercom {
  return {
    async create(workspaceId, role, fields) {
      const call = await callOf(workspaceId);
      const answer = await call('post', '/contacts', { role, ...contactWrite(fields) });
      if (answer.status !== 200) return refusalIn(answer);
      return { outcome: 'made', contact: await withLanguage(call, readContactBody(answer.data), fields) };
    },

    async update(workspaceId, contactId, { role, ...fields }) {
      const call = await callOf(workspaceId);
      const write = { ...(role && { role }), ...contactWrite(fields) };
      const answer = await askAbout(contactId, (path) => call('put', path, write));
      if (answer === null) return { outcome: 'gone' };
      if (answer.status !== 200) return refusalIn(answer);
      return { outcome: 'done', contact: await withLanguage(call, readContactBody(answer.data), fields) };
    },

    read: async (workspaceId, contactId) => readOne(await callOf(workspaceId), contactId),

    async findByExternalId(workspaceId, externalId) {
      const call = await callOf(workspaceId);
      const path = `/contacts/find_by_external_id/${encodeURIComponent(externalId)}`;
      const answer = await call('get', path);
      if (answer.status === 404) return null;
      if (answer.status === 200) return readContactBody(answer.data);
      const into = answer.status === 410 ? canonicalId(answer) : null;
      if (into !== null) return readOne(call, into);
      throw unexpected(answer);
    },

    async search(workspaceId, field, values) {
      const items = await searchItems(await callOf(workspaceId), field, values);
      return items.map(readContactBody);
    },

    async unarchive(workspaceId, contactId) {
      const call = await callOf(workspaceId);
      const answer = await call('post', `${contactPath(contactId)}/unarchive`);
      if (answer.status === 404 || answer.status === 410) return 'gone';
      if (answer.status !== 200) throw unexpected(answer);
      return 'done';
    },

    addTag: async (workspaceId, contactId, tag) => addTag(await callOf(workspaceId), contactId, tag),
    attachCompany: async (workspaceId, contactId, company) =>
      attachCompany(await callOf(workspaceId), contactId, company),
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

/** A refusal that a person or a use case can act on; everything else is a Failure. */
export function refusalIn(answer: AxiosResponse): Refusal {
  const message = wordsOf(answer);
  // Intercom does not document its status.
  if (codeOf(answer) === 'not_restorable') return { outcome: 'blocked', message };
  if (answer.status !== 409) throw unexpected(answer);
  return { outcome: 'conflict', ...conflictIn(message), message };
}
