// The contact actions of /api/v1, apart from creating and changing contacts, by Intercom's REST API.
import type { AxiosResponse } from 'axios';
import { toSeconds } from '../../domain/time.ts';
import type { ActingIntercom } from '../../usecases/contacts/contact-action-edges.ts';
import type { Attached } from '../../usecases/contacts/contact-ensuring-edges.ts';
import { type IntercomCall, unexpected, wordsOf } from '../call.ts';
import { createContactMaking, refusalIn } from './contact-making.ts';
import { latestNotes, removeTag } from './contact-marks.ts';
import { askAbout } from './contact-path.ts';
import { readContactBody } from './contact-shape.ts';

export function createContactActions(callOf: (workspaceId: string) => Promise<IntercomCall>): ActingIntercom {
  /** A call about a contact that exists or is gone. */
  async function about(
    workspaceId: string,
    contactId: string,
    method: 'post' | 'delete',
    rest = '',
    data?: object,
  ): Promise<Attached> {
    const call = await callOf(workspaceId);
    return attachedIn(await askAbout(contactId, (path) => call(method, `${path}${rest}`, data)));
  }

  return {
    ...createContactMaking(callOf),
    removeTag: async (workspaceId, contactId, tag) => removeTag(await callOf(workspaceId), contactId, tag),
    notes: async (workspaceId, contactId) => latestNotes(await callOf(workspaceId), contactId),
    addNote: (workspaceId, contactId, { body, adminId }) =>
      about(workspaceId, contactId, 'post', '/notes', {
        body,
        // Without an author, Intercom shows the teammate who installed the app.
        ...(adminId === null ? {} : { admin_id: adminId }),
      }),
    archive: (workspaceId, contactId) => about(workspaceId, contactId, 'post', '/archive'),
    remove: (workspaceId, contactId) => about(workspaceId, contactId, 'delete'),

    async trackEvent(workspaceId, { contactId, name, at, metadata }) {
      const call = await callOf(workspaceId);
      const created_at = toSeconds(at);
      // By the contact's own id, because that is how Intercom takes events of leads:
      // https://developers.intercom.com/docs/references/rest-api/api.intercom.io/data-events
      const answer = await call('post', '/events', { event_name: name, created_at, id: contactId, metadata });
      if (answer.status === 404) return 'gone';
      if (answer.status !== 202 && answer.status !== 200) throw unexpected(answer);
      return 'done';
    },

    async convertVisitor(workspaceId, { role, visitor, into }) {
      const call = await callOf(workspaceId);
      const answer = await call('post', '/visitors/convert', {
        type: role,
        visitor: identity({ ...visitor, user_id: visitor.userId }),
        user: identity({ ...into, user_id: into.externalId }),
      });
      if (answer.status === 200) return { outcome: 'converted', contact: readContactBody(answer.data) };
      if (answer.status === 404) return { outcome: 'gone', message: wordsOf(answer) };
      const { message, ...refusal } = refusalIn(answer);
      return { outcome: 'conflict', id: 'id' in refusal ? refusal.id : null, message };
    },
  };
}

type Identity = { id?: string | undefined; user_id?: string | undefined; email?: string | undefined };

function identity({ id, user_id, email }: Identity): Record<string, string> {
  const given = Object.entries({ id, user_id, email });
  return Object.fromEntries(given.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

function attachedIn(answer: AxiosResponse | null): Attached {
  if (answer === null) return 'gone';
  if (answer.status !== 200) throw unexpected(answer);
  return 'done';
}
