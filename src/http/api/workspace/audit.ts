// /api/v1/audit
import { z } from 'zod';
import { actorKinds, auditActions, subjectTypes } from '../../../domain/workspace/audit.ts';
import { listAudit } from '../../../usecases/workspace/record-audit.ts';
import { resource } from '../resource.ts';
import { list, type Route } from '../route.ts';
import { moment, pagedByNumber, text } from '../schemas.ts';

const actorKind = z
  .enum(actorKinds)
  .describe('A teammate, an API token, a rule, the command line, Intercom, or Referral Desk itself.');
const subjectType = z.enum(subjectTypes);

const entry = resource('AuditEntry', {
  description:
    'One change, with the actor who made it. Requests that were refused or changed nothing leave none. Entries are ' +
    'never rewritten, and name no person of the program.',
  fields: {
    id: z.string(),
    at: moment,
    actor: z.strictObject({
      kind: actorKind,
      id: z.string().nullable().describe("A teammate's, a token's or a rule's; null for the others."),
      name: z.string(),
    }),
    action: z.string().describe('Such as campaign.publish; later versions add more.'),
    summary: z.string().describe('A sentence without the actor.'),
    subject: z
      .strictObject({ type: subjectType, id: z.string() })
      .nullable()
      .describe('What was changed; null for the workspace itself, or many things at once.'),
    details: z.record(z.string(), z.unknown()).describe('Such as before and after. No secrets.'),
  },
  example: {
    id: '1204',
    at: '2026-11-12T09:00:00.000Z',
    actor: { kind: 'teammate', id: '5017690', name: 'Aoife Brennan' },
    action: 'campaign.publish',
    summary: 'published version 3 of the campaign Spring',
    subject: { type: 'campaign', id: '6b1c6e0e-6a0d-4c39-8a34-5f3c1d1b7a10' },
    details: { name: 'Spring', version: 3 },
  },
});

export const auditRoutes: Route[] = [
  list('/audit', {
    operation: 'listAudit',
    summary: 'The audit log: every change by console, card, API, command or rule',
    query: {
      ...pagedByNumber,
      actor: actorKind.optional(),
      action: z.enum(Object.keys(auditActions)).optional(),
      subject_type: subjectType.optional(),
      subject_id: text(255).optional(),
    },
    items: entry,
    name: 'AuditList',
    statuses: { 200: 'A page of entries' },
    find: ({ ctx, workspaceId, filter, page }) => listAudit(ctx, workspaceId, filter, page),
  }),
];
