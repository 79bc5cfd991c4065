// /api/v1/contacts: Intercom's contacts, found, made and acted upon. Each change is a run of the run log.
import type { z } from 'zod';
import type { Context } from '../../../context.ts';
import type { ContactAction } from '../../../domain/contacts/contact-action.ts';
import { Failure } from '../../../failure.ts';
import {
  actOnContact,
  type ContactActionOutcome,
  type ContactQuery,
  findContacts,
} from '../../../usecases/contacts/act-on-contact.ts';
import type { Idempotency } from '../idempotency.ts';
import { byToken, type Caller, type Route, read, remove, write } from '../route.ts';
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
  contactJson,
  secondsOf,
} from './contact-shapes.ts';

const statuses = {
  200: 'What came of it',
  202: 'It is under way, or waits for Intercom: the run says how it goes',
};
const createStatuses = { ...statuses, 201: 'The new contact' };

type Asked = { caller: Caller; idempotency: Idempotency | null };
type Answer = { status: 200 | 201 | 202; body: z.input<typeof actedUpon> };

/** Throws a Failure for what was not done. */
async function act(ctx: Context, asked: Asked, action: ContactAction): Promise<Answer> {
  return answerOf(
    await actOnContact(ctx, asked.caller.workspaceId, action, asked.idempotency, byToken(asked.caller)),
  );
}

function answerOf(acted: ContactActionOutcome): Answer {
  const { runId: run_id } = acted;
  if (acted.state === 'under-way') return { status: 202, body: { type: 'run', run_id, waits: acted.waits } };
  if (acted.state === 'failed') throw new Failure('bad-upstream', acted.error, { fields: { run_id } });
  const { outcome, why, contactId: id, contact: known } = acted.result;
  if (outcome === 'gone') throw new Failure('not-found', why, { fields: { run_id } });
  if (outcome === 'conflict' || outcome === 'refused') {
    const existing = outcome === 'conflict' && id !== null ? { existing_id: id } : {};
    throw new Failure('conflict', why, { fields: { ...existing, run_id } });
  }
  const { role = null, name = null, email = null, externalId: external_id = null } = known ?? {};
  const created_at = secondsOf(known?.createdAt ?? null);
  const status = outcome === 'created' ? 201 : 200;
  return {
    status,
    body: { type: 'contact', id, role, name, email, external_id, created_at, outcome, why, run_id },
  };
}

function wantedBy({ email, external_id, id }: z.output<typeof findQuery>): ContactQuery {
  const given: ContactQuery[] = [
    ...(email === undefined ? [] : [{ email }]),
    ...(external_id === undefined ? [] : [{ externalId: external_id }]),
    ...(id === undefined ? [] : [{ id }]),
  ];
  const [wanted] = given;
  if (wanted !== undefined && given.length === 1) return wanted;
  throw new Failure('invalid', 'Say whom to find by one of email, external_id and id.', {
    fields: { email: 'give one of email, external_id and id' },
  });
}

export const contactRoutes: Route[] = [
  read({
    path: '/contacts',
    operation: 'findContacts',
    summary: 'The contacts of an email, an external_id or an id, as Intercom has them now',
    query: findQuery,
    answer: listOf(contact, 'ContactList'),
    statuses: { 200: 'Those that there are; new ones are found by email after a few minutes' },
    async handler({ ctx }, { caller, query }) {
      const found = await findContacts(ctx, caller.workspaceId, wantedBy(query));
      return { data: found.map(contactJson), next: null };
    },
  }),
  write({
    path: '/contacts',
    operation: 'createContact',
    summary: 'Make a contact in Intercom, or use the one that is there as on_duplicate says',
    idempotent: true,
    body: contactGiven,
    answer: actedUpon,
    statuses: createStatuses,
    handler: ({ ctx }, { body, ...asked }) => act(ctx, asked, { do: 'create', ...body }),
  }),
  write({
    path: '/contacts/convert-visitor',
    operation: 'convertVisitor',
    summary: 'Make a lead or a user of a visitor; one who is a user already takes the visitor in',
    idempotent: true,
    body: visitorGiven,
    answer: actedUpon,
    statuses,
    handler({ ctx }, { body: { role, visitor, into }, ...asked }) {
      const who = { id: visitor.id, userId: visitor.user_id, email: visitor.email };
      const target = { id: into.id, externalId: into.external_id, email: into.email };
      return act(ctx, asked, { do: 'convert-visitor', role, visitor: who, into: target });
    },
  }),
  write({
    method: 'patch',
    path: '/contacts/:id',
    operation: 'updateContact',
    summary: 'Write fields of a contact',
    idempotent: true,
    id: contactId,
    body: contactChanges,
    answer: actedUpon,
    statuses,
    handler: ({ ctx }, { id, body: fields, ...asked }) =>
      act(ctx, asked, { do: 'update', contactId: id, fields }),
  }),
  write({
    path: '/contacts/:id/convert',
    operation: 'convertContact',
    summary: 'Make a user of a lead. Where there is such a user already it is a conflict, never a merge',
    idempotent: true,
    id: contactId,
    body: convertGiven,
    answer: actedUpon,
    statuses,
    handler: ({ ctx }, { id, body: { email, external_id, signed_up_at }, ...asked }) =>
      act(ctx, asked, {
        do: 'convert',
        contactId: id,
        email: email ?? null,
        externalId: external_id ?? null,
        signedUpAt: signed_up_at ?? new Date(),
      }),
  }),
  write({
    path: '/contacts/:id/tags',
    operation: 'tagContact',
    summary: 'Add and remove tags by their names; those that are new are made',
    idempotent: true,
    id: contactId,
    body: tagsGiven,
    answer: actedUpon,
    statuses,
    handler: ({ ctx }, { id, body, ...asked }) => act(ctx, asked, { do: 'tag', contactId: id, ...body }),
  }),
  write({
    path: '/contacts/:id/notes',
    operation: 'noteContact',
    summary: 'Leave a note',
    idempotent: true,
    id: contactId,
    body: noteGiven,
    answer: actedUpon,
    statuses,
    handler: ({ ctx }, { id, body: { body, admin_id }, ...asked }) =>
      act(ctx, asked, { do: 'note', contactId: id, body, adminId: admin_id ?? null }),
  }),
  write({
    path: '/contacts/:id/companies',
    operation: 'attachCompany',
    summary: 'Attach a company by its company_id',
    idempotent: true,
    id: contactId,
    body: companyAttached,
    answer: actedUpon,
    statuses,
    handler: ({ ctx }, { id, body: company, ...asked }) =>
      act(ctx, asked, { do: 'company', contactId: id, company }),
  }),
  write({
    path: '/contacts/:id/events',
    operation: 'trackEvent',
    summary: 'Tell of something that a lead or user did',
    idempotent: true,
    id: contactId,
    body: eventGiven,
    answer: actedUpon,
    statuses,
    handler: ({ ctx }, { id, body: { event_name: name, created_at, metadata }, ...asked }) =>
      act(ctx, asked, { do: 'event', contactId: id, name, at: created_at ?? new Date(), metadata }),
  }),
  ...(['archive', 'unarchive'] as const).map((what) =>
    write({
      path: `/contacts/:id/${what}`,
      operation: `${what}Contact`,
      summary: what === 'archive' ? 'Take a contact out of sight' : 'Bring an archived contact back',
      idempotent: true,
      id: contactId,
      body: emptyGiven,
      answer: actedUpon,
      statuses,
      handler: ({ ctx }, { id, body: _, ...asked }) => act(ctx, asked, { do: what, contactId: id }),
    }),
  ),
  remove({
    path: '/contacts/:id',
    operation: 'deleteContact',
    summary: 'Delete a contact in Intercom for good',
    idempotent: true,
    id: contactId,
    answer: actedUpon,
    statuses,
    handler: ({ ctx }, { id, ...asked }) => act(ctx, asked, { do: 'delete', contactId: id }),
  }),
];
