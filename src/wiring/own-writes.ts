// Keeps what the app writes to contacts in Intercom: before each call, and again with its answer.
import type { Context } from '../context.ts';
import type { Facts, SeenContact } from '../domain/qualification/notification.ts';
import { Failure } from '../failure.ts';
import type { CallOf } from '../intercom/bound-calls.ts';
import type { IntercomCall } from '../intercom/call.ts';
import { contactItem, factsOf, seenContact } from '../intercom/contacts/seen-contact.ts';
import {
  beginOwnWrite,
  completeOwnWrite,
  dropOwnWrite,
  type NewOwnWrite,
} from '../store/qualification/own-writes.ts';

type Deps = Pick<Context, 'database' | 'now' | 'newId' | 'log'>;

/** The same calls. */
export function keepingWrites(callOf: CallOf, { database: { db }, now, newId, log }: Deps): CallOf {
  // The call is over: without this, its notification is recognized by what was sent.
  const afterwards = (done: Promise<void>) =>
    done.catch((error: unknown) => log.warn({ err: error }, 'the answer to a write was not kept'));
  return async (workspaceId) => {
    const call = await callOf(workspaceId);
    return async (...request) => {
      const id = newId();
      const write = writeIn(id, ...request);
      if (write === null) return call(...request);
      await beginOwnWrite(db, workspaceId, { ...write, at: now() });
      const answer = await call(...request).catch(async (error: unknown) => {
        if (error instanceof Failure && error.notDone) await afterwards(dropOwnWrite(db, workspaceId, id));
        throw error;
      });
      const contact = write.tag === null ? contactIn(answer.data) : null;
      await afterwards(
        answer.status === 200
          ? completeOwnWrite(db, workspaceId, id, { contact, at: now() })
          : dropOwnWrite(db, workspaceId, id),
      );
      return answer;
    };
  };
}

const contactPath = /^\/contacts\/(?<contact>[^/]+)(?<tags>\/tags(?:\/(?<tag>[^/]+))?)?$/;

/** Null for a call that writes to no contact. */
function writeIn(id: string, ...[method, path, data]: Parameters<IntercomCall>): NewOwnWrite | null {
  if (method === 'post' && path === '/contacts')
    return { id, contactId: null, facts: factsIn(data), tag: null };
  const { contact, tags, tag } = contactPath.exec(path)?.groups ?? {};
  if (contact === undefined) return null;
  const contactId = decodeURIComponent(contact);
  if (method === 'put' && tags === undefined) return { id, contactId, facts: factsIn(data), tag: null };
  if (method === 'post' && tags !== undefined && data !== undefined && 'id' in data)
    return { id, contactId, facts: {}, tag: { id: String(data.id), added: true } };
  if (method === 'delete' && tag !== undefined)
    return { id, contactId, facts: {}, tag: { id: decodeURIComponent(tag), added: false } };
  return null;
}

/** Intercom gives leads an external ID of its own, and takes it away when they become users. */
function factsIn(data: object | undefined): Facts {
  const facts = factsOf({ ...data });
  return Object.hasOwn(facts, 'role') ? { external_id: null, ...facts } : facts;
}

function contactIn(body: unknown): SeenContact | null {
  const read = contactItem.safeParse(body);
  return read.success ? seenContact(read.data) : null;
}
