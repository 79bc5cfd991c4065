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
    'One change with its actor. Requests that were refused or changed nothing leave no entry. Entries are never ' +
    'rewritten and name no person of the program.',
  fields: {
    id: z.string(),
    at: moment,
    actor: z.strictObject({
      kind: actorKind,
      id: z.string().nullable().describe('ID of the teammate, token or rule. Null for others.'),
      name: z.string(),
    }),
    action: z.string().describe('For example, campaign.publish. Later versions can add more.'),
    summary: z.string().describe('A sentence without the actor.'),
    subject: z
      .strictObject({ type: subjectType, id: z.string() })
      .nullable()
      .describe('The changed record. Null for the workspace, or for many records.'),
    details: z.record(z.string(), z.unknown()).describe('For example, before and after. Never secrets.'),
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
    summary: 'List the audit log',
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
