// The contact actions of /api/v1, except creating and changing contacts, by Intercom's REST API.
import type { ContactAction } from '../../domain/contacts/contact-action.ts';
import type { ContactMarked, IntercomContact } from '../../domain/contacts/contact-draft.ts';
import { bindCalls, type CallOf } from '../bound-calls.ts';
import { type IntercomCall, unexpected, wordsOf } from '../call.ts';
import { type ContactEvent, latestNotes, markedBy, removeTag, trackEvent } from './contact-marks.ts';
import { askAbout } from './contact-path.ts';
import { readContactBody } from './contact-shape.ts';
import { createContacts, refusalIn } from './contacts.ts';

type ActionOf<D extends ContactAction['do']> = Omit<Extract<ContactAction, { do: D }>, 'do'>;

/** Each rejects with a Failure, and follows merged contacts. */
export const createContactActions = (callOf: CallOf) => ({
  ...createContacts(callOf),
  ...bindCalls(callOf, {
    removeTag,
    notes: latestNotes,
    addNote,
    archive: (call: IntercomCall, contactId: string) => ask(call, contactId, 'post', '/archive'),
    remove: (call: IntercomCall, contactId: string) => ask(call, contactId, 'delete'),
    trackEvent: track,
    convertVisitor,
  }),
});

async function ask(
  call: IntercomCall,
  contactId: string,
  method: 'post' | 'delete',
  rest = '',
  data?: object,
): Promise<ContactMarked> {
  return markedBy(await askAbout(contactId, (path) => call(method, `${path}${rest}`, data)));
}

function addNote(
  call: IntercomCall,
  contactId: string,
  { body, adminId }: Pick<ActionOf<'note'>, 'body' | 'adminId'>,
) {
  // Without an author, Intercom shows the teammate who installed the app.
  const author = adminId === null ? {} : { admin_id: adminId };
  return ask(call, contactId, 'post', '/notes', { body, ...author });
}

async function track(call: IntercomCall, event: ContactEvent): Promise<ContactMarked> {
  const answer = await trackEvent(call, event);
  if (answer.status === 404) return 'gone';
  if (answer.status !== 202 && answer.status !== 200) throw unexpected(answer);
  return 'done';
}

type ConvertedVisitor =
  | { outcome: 'converted'; contact: IntercomContact }
  /** Unknown visitor, or unknown user to convert the visitor into. */
  | { outcome: 'gone'; message: string }
  | { outcome: 'conflict'; id: string | null; message: string };

async function convertVisitor(
  call: IntercomCall,
  { role, visitor, into }: ActionOf<'convert-visitor'>,
): Promise<ConvertedVisitor> {
  const answer = await call('post', '/visitors/convert', {
    type: role,
    visitor: identity({ ...visitor, user_id: visitor.userId }),
    user: identity({ ...into, user_id: into.externalId }),
  });
  if (answer.status === 200) return { outcome: 'converted', contact: readContactBody(answer.data) };
  if (answer.status === 404) return { outcome: 'gone', message: wordsOf(answer) };
  const { message, ...refusal } = refusalIn(answer);
  return { outcome: 'conflict', id: 'id' in refusal ? refusal.id : null, message };
}

type Identity = { id?: string | undefined; user_id?: string | undefined; email?: string | undefined };

function identity({ id, user_id, email }: Identity): Record<string, string> {
  return Object.fromEntries(
    Object.entries({ id, user_id, email }).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  );
}
