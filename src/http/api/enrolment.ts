// /api/v1/enrolments, and what a campaign's enrolment needs: a preview and missing attributes
import { z } from 'zod';
import { enrolmentStates, sideName } from '../../domain/enrolment.ts';
import type { Previewed } from '../../usecases/enrolment-desk.ts';
import { attributeKinds, type Enrolment, type ListedEnrolment } from '../../usecases/enrolment-edges.ts';
import { draft, draftJson, filledJson, filledRow } from './mapping-shapes.ts';
import { type Route, read, write } from './route.ts';
import {
  extraGiven,
  listJson,
  listOf,
  moment,
  named,
  paged,
  pageRequest,
  personGiven,
  text,
} from './schemas.ts';

export const setup = z
  .strictObject({
    complete: z.boolean(),
    missing: z.array(z.string()).describe('What has to be done, in words; until then nothing is sent.'),
  })
  .register(named, {
    id: 'EnrolmentSetup',
    examples: [
      { complete: false, missing: ['Map a field to email: without one nobody can be found or created.'] },
    ],
  });

export const setups = z.strictObject({ leads: setup, referrers: setup });

const state = z
  .enum(enrolmentStates)
  .describe('setup-required waits for the settings, review for a person: see /reviews.');

const record = {
  id: z.guid(),
  side: sideName,
  member_id: z.guid().describe("The referral's id on the side of the leads, the referrer's on the other."),
  campaign_id: z.guid(),
  person_id: z.guid(),
  state,
  contact_id: z.string().nullable().describe('In Intercom.'),
  outcome: z.string().nullable().describe('What came of it, or what it waits for, in words.'),
  created_at: moment,
  changed_at: moment,
};

function recordJson(one: Enrolment): z.input<z.ZodObject<typeof record>> {
  return {
    id: one.id,
    side: one.side,
    member_id: one.memberId,
    campaign_id: one.campaignId,
    person_id: one.personId,
    state: one.state,
    contact_id: one.contactId,
    outcome: one.outcome,
    created_at: one.createdAt.toISOString(),
    changed_at: one.changedAt.toISOString(),
  };
}

const example = {
  id: '0f6c2f0a-2f5f-4b0e-9a51-6a0c5f1f7e01',
  side: 'leads',
  member_id: '9d0e4f0a-7c1f-4d0c-8f0e-3d9a6c5b4a22',
  campaign_id: '6b1c6e0e-6a0d-4c39-8a34-5f3c1d1b7a10',
  person_id: '2f0f2a7c-5f0e-4c55-9d4d-0d7a1f3f3f21',
  state: 'done',
  contact_id: '66f1c0de8a7b9c0012345678',
  outcome: 'A new lead',
  created_at: '2026-03-05T08:30:00.000Z',
  changed_at: '2026-03-05T08:30:02.000Z',
};

const enrolment = z.strictObject(record).register(named, { id: 'Enrolment', examples: [example] });

const listed = z
  .strictObject({
    ...record,
    campaign: z.string(),
    person: z.strictObject({ email: z.string().nullable(), name: z.string().nullable() }),
    run_id: z.guid().nullable().describe('Of its latest run, in /runs.'),
  })
  .register(named, {
    id: 'ListedEnrolment',
    examples: [
      {
        ...example,
        campaign: 'Spring',
        person: { email: 'dana@example.com', name: 'Dana Reed' },
        run_id: 'a1f7c8de-0d53-4a7e-8a55-0b1f7e3b9c11',
      },
    ],
  });

function listedJson(one: ListedEnrolment): z.input<typeof listed> {
  const { campaign, person, runId } = one;
  return {
    ...recordJson(one),
    campaign,
    person: { email: person.email, name: person.name },
    run_id: runId,
  };
}

const previewAsked = z
  .strictObject({
    side: sideName.default('leads'),
    referral_id: z.guid().optional(),
    referrer_id: z.guid().optional(),
    person_id: z.guid().optional().describe('Somebody who joined on that side; or else:'),
    person: personGiven.optional().describe('An example of somebody who might join, without a referrer.'),
    extra: extraGiven.optional(),
  })
  .transform((given, context): Previewed => {
    const { side, referral_id, referrer_id, person_id, person, extra = {} } = given;
    const ways: Previewed[] = [
      ...(referral_id === undefined ? [] : [{ referralId: referral_id }]),
      ...(referrer_id === undefined ? [] : [{ referrerId: referrer_id }]),
      ...(person_id === undefined ? [] : [{ side, personId: person_id }]),
      ...(person === undefined ? [] : [{ side, person, extra }]),
    ];
    const [way] = ways;
    if (way !== undefined && ways.length === 1) return way;
    const message = 'give one of referral_id, referrer_id, person_id and person';
    context.addIssue({ code: 'custom', path: ['person'], message });
    return z.NEVER;
  })
  .register(named, {
    id: 'EnrolmentPreviewAsked',
    examples: [{ side: 'leads', person: { email: 'dana@example.com', name: 'Dana Reed' } }],
  });

const preview = z
  .strictObject({
    side: sideName,
    setup,
    contact: draft.describe('What the contact would be.'),
    rows: z.array(filledRow),
    problem: z.string().nullable().describe('Why nobody would be sent; null when somebody would.'),
  })
  .register(named, { id: 'EnrolmentPreview' });

const attribute = z.strictObject({
  name: text(190).describe('Without custom_attributes before it.'),
  type: z.enum(attributeKinds),
  options: z.array(text(255)).min(2).max(100).optional().describe('Of the type options.'),
});

const attributesGiven = z
  .strictObject({
    attributes: z
      .array(attribute)
      .max(100)
      .default([])
      .describe('Those that are to have another type than suits what is mapped to them.'),
  })
  .prefault({})
  .register(named, {
    id: 'EnrolmentAttributesGiven',
    examples: [{ attributes: [{ name: 'referred_on', type: 'date' }] }],
  });

const attributesMade = z
  .strictObject({
    created: z.array(z.strictObject({ name: z.string(), type: z.enum(attributeKinds) })),
    enrolment: setups,
  })
  .register(named, { id: 'EnrolmentAttributesMade' });

export const enrolmentRoutes: Route[] = [
  write({
    path: '/campaigns/:id/enrolment/preview',
    operation: 'previewEnrolment',
    summary: 'The contact that somebody would become, and why rows of the mapping are left out',
    body: previewAsked,
    answer: preview,
    statuses: { 200: 'The contact; nothing was sent' },
    async answerTo({ enrolment }, { caller, id, body }) {
      const { contact, rows, ...rest } = await enrolment.preview(caller.workspaceId, id, body);
      return { status: 200, body: { ...rest, contact: draftJson(contact), rows: rows.map(filledJson) } };
    },
  }),
  write({
    path: '/campaigns/:id/enrolment/attributes',
    operation: 'createEnrolmentAttributes',
    summary:
      'Make the custom attributes in Intercom that the mappings of a campaign name and that are not there',
    body: attributesGiven,
    answer: attributesMade,
    statuses: { 200: 'What was made, and what the setup still needs' },
    async answerTo({ enrolment }, { caller, id, body }) {
      const wanted = body.attributes.map(({ type, ...one }) => ({ ...one, kind: type }));
      const made = await enrolment.createAttributes(caller.workspaceId, id, wanted);
      const created = made.created.map(({ name, kind }) => ({ name, type: kind }));
      return { status: 200, body: { created, enrolment: made.setups } };
    },
  }),
  read({
    path: '/enrolments',
    operation: 'listEnrolments',
    summary: 'What became of whoever joined',
    query: z.strictObject({
      campaign_id: z.guid().optional(),
      side: sideName.optional(),
      state: state.optional(),
      ...paged,
    }),
    answer: listOf(listed, 'EnrolmentList'),
    statuses: { 200: 'A page of enrolments' },
    async answerTo({ enrolment }, { caller, query }) {
      const { campaign_id: campaignId, side, state } = query;
      const filter = { campaignId, side, state };
      return listJson(await enrolment.list(caller.workspaceId, filter, pageRequest(query)), listedJson);
    },
  }),
  write({
    path: '/enrolments/:id/retry',
    operation: 'retryEnrolment',
    summary: 'Enrol somebody anew, with the settings as they are now',
    body: z.strictObject({}).prefault({}).register(named, { id: 'RetryEnrolment' }),
    answer: enrolment,
    statuses: { 200: 'The enrolment, planned' },
    async answerTo({ enrolment }, { caller, id }) {
      return { status: 200, body: recordJson(await enrolment.retry(caller.workspaceId, id)) };
    },
  }),
];
