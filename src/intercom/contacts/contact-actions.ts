// The contact actions of /api/v1, apart from creating and changing contacts, by Intercom's REST API.
import type { AxiosResponse } from 'axios';
import type { ContactAction } from '../../domain/contacts/contact-action.ts';
import type { ContactMarked, IntercomContact } from '../../domain/contacts/contact-draft.ts';
import { toSeconds } from '../../domain/time.ts';
import { type IntercomCall, unexpected, wordsOf } from '../call.ts';
import { latestNotes, removeTag } from './contact-marks.ts';
import { askAbout } from './contact-path.ts';
import { readContactBody } from './contact-shape.ts';
import { createContacts, refusalIn } from './contacts.ts';

type ActionOf<D extends ContactAction['do']> = Omit<Extract<ContactAction, { do: D }>, 'do'>;

export type ConvertedVisitor =
  | { outcome: 'converted'; contact: IntercomContact }
  /** There is no such visitor, or no such user to convert the visitor into. */
  | { outcome: 'gone'; message: string }
  | { outcome: 'conflict'; id: string | null; message: string };

/** Everything that `/api/v1/contacts` can do. Each rejects with a Failure; contacts that were merged are followed. */
export function createContactActions(callOf: (workspaceId: string) => Promise<IntercomCall>) {
  /** One call about a contact that is there or gone. */
  async function about(
    workspaceId: string,
    contactId: string,
    method: 'post' | 'delete',
    rest = '',
    data?: object,
  ): Promise<ContactMarked> {
    const call = await callOf(workspaceId);
    return markedIn(await askAbout(contactId, (path) => call(method, `${path}${rest}`, data)));
  }

  return {
    ...createContacts(callOf),
    removeTag: async (workspaceId: string, contactId: string, tag: string) =>
      removeTag(await callOf(workspaceId), contactId, tag),
    /** The latest fifty, newest first, as HTML. Null when the contact is gone. */
    notes: async (workspaceId: string, contactId: string) =>
      latestNotes(await callOf(workspaceId), contactId),
    addNote: (
      workspaceId: string,
      contactId: string,
      { body, adminId }: Pick<ActionOf<'note'>, 'body' | 'adminId'>,
    ) =>
      about(workspaceId, contactId, 'post', '/notes', {
        body,
        // Without an author, Intercom shows the teammate who installed the app.
        ...(adminId === null ? {} : { admin_id: adminId }),
      }),
    archive: (workspaceId: string, contactId: string) => about(workspaceId, contactId, 'post', '/archive'),
    /** For good. */
    remove: (workspaceId: string, contactId: string) => about(workspaceId, contactId, 'delete'),

    async trackEvent(
      workspaceId: string,
      { contactId, name, at, metadata }: ActionOf<'event'>,
    ): Promise<ContactMarked> {
      const call = await callOf(workspaceId);
      const created_at = toSeconds(at);
      // By the contact's own id, which is how a lead's events are sent:
      // https://developers.intercom.com/docs/references/rest-api/api.intercom.io/data-events
      const answer = await call('post', '/events', { event_name: name, created_at, id: contactId, metadata });
      if (answer.status === 404) return 'gone';
      if (answer.status !== 202 && answer.status !== 200) throw unexpected(answer);
      return 'done';
    },

    async convertVisitor(
      workspaceId: string,
      { role, visitor, into }: ActionOf<'convert-visitor'>,
    ): Promise<ConvertedVisitor> {
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

function markedIn(answer: AxiosResponse | null): ContactMarked {
  if (answer === null) return 'gone';
  if (answer.status !== 200) throw unexpected(answer);
  return 'done';
}
