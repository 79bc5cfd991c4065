// /api/v1/contacts: finds, creates and changes Intercom's contacts. Each change is a run in the run log.
import type { z } from 'zod';
import type { ContactAction } from '../../../domain/contacts/contact-action.ts';
import type { IntercomContact } from '../../../domain/contacts/contact-draft.ts';
import { Failure } from '../../../failure.ts';
import {
  actOnContact,
  type ContactActionOutcome,
  type ContactQuery,
  findContactsByIdentifier,
} from '../../../usecases/contacts/act-on-contact.ts';
import { timeZoneOf } from '../../../usecases/qualification/installed.ts';
import { answer } from '../resource.ts';
import { Reply, type Route, read, write } from '../route.ts';
import { listOf } from '../schemas.ts';
import {
  companyAttached,
  convertGiven,
  emptyGiven,
  eventGiven,
  findQuery,
  noteGiven,
  tagsGiven,
  visitorGiven,
} from './contact-action-shapes.ts';
import {
  actedUpon,
  contact,
  contactChanges,
  contactGiven,
  contactId,
  contactSource,
  fieldsIn,
  momentIn,
  secondsOf,
} from './contact-shapes.ts';

type Answer = Reply<z.input<typeof actedUpon.schema>>;

/** Throws a Failure when the action was not done. */
function answerOf(acted: ContactActionOutcome): Answer {
  const { runId: run_id } = acted;
  if (acted.state === 'under-way') return new Reply(202, { type: 'run', run_id, waits: acted.waits });
  if (acted.state === 'failed') throw acted.failure;
  const { outcome, why, contactId: id, contact: known } = acted.result;
  if (outcome === 'gone') throw new Failure('not-found', why, { fields: { run_id } });
  if (outcome === 'conflict' || outcome === 'refused') {
    const existing = outcome === 'conflict' && id !== null ? { existing_id: id } : {};
    throw new Failure('conflict', why, { fields: { ...existing, run_id } });
  }
  const { role = null, name = null, email = null, externalId: external_id = null } = known ?? {};
  const created_at = secondsOf(known?.createdAt ?? null);
  return new Reply(outcome === 'created' ? 201 : 200, {
    ...{ type: 'contact', id, role, name, email, external_id, created_at, outcome, why, run_id },
  });
}

function wantedBy({ email, external_id: externalId, id }: z.output<typeof findQuery>): ContactQuery {
  const queries = [email && { email }, externalId && { externalId }, id && { id }];
  const [query, ...others] = queries.filter((query) => typeof query === 'object');
  if (query && others.length === 0) return query;
  throw new Failure('invalid', 'Give one of email, external_id or id to find contacts.', {
    fields: { email: 'give one of email, external_id or id' },
  });
}

const contacts = answer(listOf(contact.schema, 'ContactList'), (found: readonly IntercomContact[]) => ({
  data: found.map(contactSource),
  next: null,
}));

const statuses = {
  200: 'The result',
  202: 'In progress, or waiting for Intercom. The run shows its progress',
};

type ActionRoute<B extends z.ZodType> = Pick<Route, 'operation' | 'summary'> & {
  method?: 'patch' | 'delete';
  body: B | null;
  statuses?: Route['statuses'];
  /** Days and times without an offset are in the workspace's time zone. */
  actionOf(given: z.output<B>, contactId: string, timeZone: string): ContactAction;
};

/** Runs once for each Idempotency-Key, and fails with a Failure when the action was not done. */
function action<B extends z.ZodType = z.ZodNull>(path: string, { actionOf, ...spec }: ActionRoute<B>): Route {
  return write(path, {
    statuses,
    ...spec,
    ...{ id: contactId, idempotent: true, answer: actedUpon },
    act: async ({ ctx, workspaceId, id, body, idempotency, actor }) => {
      const wanted = actionOf(body, id, await timeZoneOf(ctx, workspaceId));
      return answerOf(await actOnContact(ctx, workspaceId, wanted, idempotency, actor));
    },
  });
}

export const contactRoutes: Route[] = [
  read('/contacts', {
    operation: 'findContacts',
    summary: 'Find contacts by email, external ID or ID',
    query: findQuery,
    answer: contacts,
    statuses: { 200: 'The matching contacts. New ones are found by email after a few minutes' },
    find: ({ ctx, workspaceId, query }) => findContactsByIdentifier(ctx, workspaceId, wantedBy(query)),
  }),
  action('/contacts', {
    operation: 'createContact',
    summary: 'Create a contact, or use the existing one as on_duplicate says',
    body: contactGiven,
    statuses: { ...statuses, 201: 'The new contact' },
    actionOf: ({ draft, on }, _id, timeZone) => ({ do: 'create', draft: fieldsIn(timeZone, draft), on }),
  }),
  action('/contacts/convert-visitor', {
    operation: 'convertVisitor',
    summary: 'Convert a visitor to a lead or user',
    body: visitorGiven,
    actionOf: ({ role, visitor, into }) => ({
      do: 'convert-visitor',
      role,
      visitor: { id: visitor.id, userId: visitor.user_id, email: visitor.email },
      into: { id: into.id, externalId: into.external_id, email: into.email },
    }),
  }),
  action('/contacts/:id', {
    method: 'patch',
    operation: 'updateContact',
    summary: 'Update a contact',
    body: contactChanges,
    actionOf: (fields, contactId, timeZone) => ({
      do: 'update',
      contactId,
      fields: fieldsIn(timeZone, fields),
    }),
  }),
  action('/contacts/:id/convert', {
    operation: 'convertContact',
    summary: 'Convert a lead to a user. If the user exists, it is a conflict, never a merge',
    body: convertGiven,
    actionOf: ({ email = null, external_id: externalId = null, signed_up_at }, contactId, timeZone) => ({
      do: 'convert',
      ...{
        contactId,
        email,
        externalId,
        signedUpAt: signed_up_at === undefined ? new Date() : momentIn(timeZone, signed_up_at),
      },
    }),
  }),
  action('/contacts/:id/tags', {
    operation: 'tagContact',
    summary: 'Add and remove tags by name; new tags are created',
    body: tagsGiven,
    actionOf: (tags, contactId) => ({ do: 'tag', contactId, ...tags }),
  }),
  action('/contacts/:id/notes', {
    operation: 'noteContact',
    summary: 'Add a note',
    body: noteGiven,
    actionOf: ({ body, admin_id: adminId = null }, contactId) => ({ do: 'note', contactId, body, adminId }),
  }),
  action('/contacts/:id/companies', {
    operation: 'attachCompany',
    summary: 'Attach a company by its company_id',
    body: companyAttached,
    actionOf: (company, contactId) => ({ do: 'company', contactId, company }),
  }),
  action('/contacts/:id/events', {
    operation: 'trackEvent',
    summary: 'Track an event of a lead or user',
    body: eventGiven,
    actionOf: ({ event_name: name, created_at, metadata }, contactId, timeZone) => ({
      do: 'event',
      ...{
        contactId,
        name,
        at: created_at === undefined ? new Date() : momentIn(timeZone, created_at),
        metadata,
      },
    }),
  }),
  ...(['archive', 'unarchive'] as const).map((change) =>
    action(`/contacts/:id/${change}`, {
      operation: `${change}Contact`,
      summary: change === 'archive' ? 'Archive a contact' : 'Unarchive a contact',
      body: emptyGiven,
      actionOf: (_nothing, contactId) => ({ do: change, contactId }),
    }),
  ),
  action('/contacts/:id', {
    method: 'delete',
    operation: 'deleteContact',
    summary: 'Delete a contact in Intercom',
    body: null,
    actionOf: (_nothing, contactId) => ({ do: 'delete', contactId }),
  }),
];
