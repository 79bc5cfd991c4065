// /api/v1/enrollments, and a campaign's preview and missing attributes.
import { z } from 'zod';
import { sideName } from '../../../domain/enrollment/enrollment.ts';
import { attributeKinds } from '../../../domain/enrollment/mapping.ts';
import {
  createMissingAttributes,
  listEnrollments,
  type Preview,
  type PreviewSubject,
  previewEnrollment,
  retryEnrollment,
} from '../../../usecases/enrollment/enrollment-setup.ts';
import { readCampaign } from '../../../usecases/program/campaigns.ts';
import { camelFields, resource } from '../resource.ts';
import { list, type Route, write } from '../route.ts';
import { emptyBody, extraGiven, named, paged, personGiven, text } from '../schemas.ts';
import { enrollment, listed, setup, setups, state } from './enrollment-shapes.ts';
import { draft, draftSource, filledRow } from './mapping-shapes.ts';

const previewAsked = z
  .strictObject({
    side: sideName.default('leads'),
    referral_id: z.guid().optional(),
    referrer_id: z.guid().optional(),
    person_id: z.guid().optional().describe('A person who joined on that side. Alternatively:'),
    person: personGiven.optional().describe('An example person, without a referrer.'),
    extra: extraGiven.optional(),
  })
  .transform((given, context): PreviewSubject => {
    const { side, referralId, referrerId, personId, person, extra = {} } = camelFields(given);
    const subjects = [
      referralId && { referralId },
      referrerId && { referrerId },
      personId && { side, personId },
      person && { side, person, extra },
    ];
    const [subject, ...others] = subjects.filter((subject) => typeof subject === 'object');
    if (subject && others.length === 0) return subject;
    const message = 'give one of referral_id, referrer_id, person_id and person';
    context.addIssue({ code: 'custom', path: ['person'], message });
    return z.NEVER;
  })
  .register(named, {
    id: 'EnrollmentPreviewAsked',
    examples: [{ side: 'leads', person: { email: 'dana@example.com', name: 'Dana Reed' } }],
  });

const preview = resource('EnrollmentPreview', {
  fields: {
    side: sideName,
    setup,
    contact: draft.describe('The contact that would be created.'),
    rows: z.array(filledRow),
    problem: z.string().nullable().describe('Why no contact would be created; null when one would.'),
  },
  sourceOf: ({ contact, rows, dates: _, ...rest }: Preview) => ({
    ...rest,
    contact: draftSource(contact),
    rows: rows.map(({ row, ...filled }) => ({ ...row, ...filled })),
  }),
  example: {
    side: 'leads',
    setup: { complete: true, missing: [] },
    contact: {
      role: 'lead',
      email: 'dana@example.com',
      custom_attributes: { referred_in: 'Spring' },
      tags: [],
    },
    rows: [
      { type: 'field', from: 'person.email', to: 'email', value: 'dana@example.com', why: null },
      {
        type: 'template',
        from: '{campaign.name}',
        to: 'custom_attributes.referred_in',
        value: 'Spring',
        why: null,
      },
      { type: 'field', from: 'extra.phone', to: 'phone', value: null, why: 'extra.phone is not known' },
    ],
    problem: null,
  },
});

const attribute = z.strictObject({
  name: text(190).describe('Without the prefix custom_attributes.'),
  type: z.enum(attributeKinds),
  options: z.array(text(255)).min(2).max(100).optional().describe('Of the type options.'),
});

const attributesGiven = z
  .strictObject({
    attributes: z
      .array(attribute)
      .max(100)
      .default([])
      .describe('Attributes with a type other than the default for their mapping.'),
  })
  .prefault({})
  .register(named, {
    id: 'EnrollmentAttributesGiven',
    examples: [{ attributes: [{ name: 'referred_on', type: 'date' }] }],
  });

const attributesMade = resource('EnrollmentAttributesMade', {
  fields: {
    created: z.array(z.strictObject({ name: z.string(), type: z.enum(attributeKinds) })),
    enrollment: setups,
  },
  sourceOf: ({ created, setups }: Awaited<ReturnType<typeof createMissingAttributes>>) => ({
    created: created.map(({ name, kind }) => ({ name, type: kind })),
    enrollment: setups,
  }),
  example: {
    created: [{ name: 'referred_on', type: 'date' }],
    enrollment: { leads: { complete: true, missing: [] }, referrers: { complete: true, missing: [] } },
  },
});

export const enrollmentRoutes: Route[] = [
  write('/campaigns/:id/enrollment/preview', {
    operation: 'previewEnrollment',
    summary: 'Preview the contact for a person',
    body: previewAsked,
    answer: preview,
    statuses: { 200: 'The contact. Nothing was sent' },
    async act({ ctx, workspaceId, id, body }) {
      const campaign = await readCampaign(ctx, workspaceId, id);
      return previewEnrollment(ctx, workspaceId, campaign, body);
    },
  }),
  write('/campaigns/:id/enrollment/attributes', {
    operation: 'createEnrollmentAttributes',
    summary: 'Create missing custom attributes for the mappings of a campaign',
    body: attributesGiven,
    answer: attributesMade,
    statuses: { 200: 'The created attributes, and what the setup still needs' },
    async act({ ctx, workspaceId, id, body, actor }) {
      const wanted = body.attributes.map(({ type, ...attribute }) => ({ ...attribute, kind: type }));
      const campaign = await readCampaign(ctx, workspaceId, id);
      return createMissingAttributes(ctx, workspaceId, campaign, wanted, actor);
    },
  }),
  list('/enrollments', {
    operation: 'listEnrollments',
    summary: 'List enrollments',
    query: {
      campaign_id: z.guid().optional(),
      side: sideName.optional(),
      state: state.optional(),
      ...paged,
    },
    items: listed,
    name: 'EnrollmentList',
    statuses: { 200: 'A page of enrollments' },
    find: ({ ctx, workspaceId, filter, page }) => listEnrollments(ctx, workspaceId, filter, page),
  }),
  write('/enrollments/:id/retry', {
    operation: 'retryEnrollment',
    summary: 'Enroll a person again with the current settings',
    body: emptyBody('RetryEnrollmentGiven'),
    answer: enrollment,
    statuses: { 200: 'The planned enrollment' },
    act: ({ ctx, workspaceId, id, actor }) => retryEnrollment(ctx, workspaceId, id, actor),
  }),
];
