// Writes our own attributes, tag and event to a contact.
import type { AxiosResponse } from 'axios';
import { z } from 'zod';
import { type Attributes, ownAttributes, type WriteOutcome } from '../../domain/runs/write-back.ts';
import { toSeconds } from '../../domain/time.ts';
import { canonicalId, type IntercomCall, unexpected, wordsOf } from '../call.ts';
import { wireId } from '../wire-text.ts';

const named = z.object({ id: wireId });
const listed = z.object({ data: z.array(z.object({ name: z.string() }).nullable().catch(null)) });

export function createContactWriting(callOf: (workspaceId: string) => Promise<IntercomCall>) {
  return {
    async setAttributes(
      workspaceId: string,
      contactId: string,
      attributes: Attributes,
    ): Promise<WriteOutcome | { outcome: 'unknown-attribute' }> {
      const call = await callOf(workspaceId);
      const body = { custom_attributes: attributes };
      const answer = await call('put', `/contacts/${encodeURIComponent(contactId)}`, body);
      // The code for an attribute that does not exist is not documented; its name is in the message.
      const aboutOurs = Object.keys(attributes).some((name) => wordsOf(answer).includes(name));
      if ((answer.status === 400 || answer.status === 422) && aboutOurs)
        return { outcome: 'unknown-attribute' };
      return outcomeOf(answer);
    },

    /** Creates our data attributes that are missing. */
    async ensureAttributes(workspaceId: string): Promise<void> {
      const call = await callOf(workspaceId);
      const answer = await call('get', '/data_attributes?model=contact');
      const read = listed.safeParse(answer.data);
      if (answer.status !== 200 || !read.success) throw unexpected(answer);
      const existing = new Set(read.data.data.map((attribute) => attribute?.name));
      for (const [name, { type, description }] of Object.entries(ownAttributes)) {
        if (existing.has(name)) continue;
        // Not Messenger-writable: an end user could otherwise claim a qualification.
        const wanted = { name, model: 'contact', data_type: type, description, messenger_writable: false };
        const made = await call('post', '/data_attributes', wanted);
        // Another process may have created it a moment ago.
        if (made.status !== 200 && !/exist|taken|unique|already/i.test(wordsOf(made))) throw unexpected(made);
      }
    },

    async addTag(workspaceId: string, contactId: string, tag: string): Promise<WriteOutcome> {
      const call = await callOf(workspaceId);
      const made = await call('post', '/tags', { name: tag });
      const read = named.safeParse(made.data);
      if (made.status !== 200 || !read.success) throw unexpected(made);
      return outcomeOf(
        await call('post', `/contacts/${encodeURIComponent(contactId)}/tags`, { id: read.data.id }),
      );
    },

    async trackEvent(
      workspaceId: string,
      event: { contactId: string; name: string; at: Date; metadata: Record<string, string> },
    ): Promise<WriteOutcome> {
      const { contactId, name, at, metadata } = event;
      const call = await callOf(workspaceId);
      const created_at = toSeconds(at);
      // By the contact's own id, because that is how Intercom takes events of leads:
      // https://developers.intercom.com/docs/references/rest-api/api.intercom.io/data-events
      const answer = await call('post', '/events', { event_name: name, created_at, id: contactId, metadata });
      return answer.status === 202 ? { outcome: 'done' } : outcomeOf(answer);
    },
  };
}

function outcomeOf(answer: AxiosResponse): WriteOutcome {
  if (answer.status === 200) return { outcome: 'done' };
  if (answer.status === 404) return { outcome: 'gone' };
  if (answer.status === 410) return { outcome: 'merged', into: canonicalId(answer) };
  throw unexpected(answer);
}
