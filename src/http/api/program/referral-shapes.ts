// Shapes of referrals and their history in /api/v1.
import { z } from 'zod';
import { hintCodes } from '../../../domain/program/doubt.ts';
import {
  historyEvents,
  identifiedActors,
  type Referral,
  unidentifiedActors,
} from '../../../domain/program/program.ts';
import { blockCodes } from '../../../domain/program/qualification-block.ts';
import { platformName, referralSource, referralStatus } from '../../../domain/program/referral.ts';
import { rewardLabel, rewardStatus } from '../../../domain/rewards/reward.ts';
import { shareLinkOf } from '../../../usecases/program/share-links.ts';
import { camelFields, resource } from '../resource.ts';
import { extraGiven, moment, named, person, personExample, personGiven, text } from '../schemas.ts';

export const referralGiven = z
  .strictObject({
    campaign_id: z.guid().optional().describe('Required without code and referrer_id.'),
    code: text(64).optional().describe('Code of the share link, ignoring case.'),
    referrer_id: z.guid().optional(),
    person: personGiven,
    extra: extraGiven.optional(),
  })
  .refine((given) => given.code === undefined || given.referrer_id === undefined, {
    path: ['referrer_id'],
    message: 'give code or referrer_id, not both',
  })
  .transform(camelFields)
  .register(named, {
    id: 'ReferralGiven',
    description: 'Without code and referrer_id the person joins without a referrer.',
    examples: [
      {
        code: 'k7m2pxr4tq',
        person: { email: 'dana@example.com', name: 'Dana Reed', external_id: 'user-817' },
      },
    ],
  });

const reason = text(500).nullish().describe('Stored in the history and shown to support agents.');

export const changeGiven = z
  .strictObject({ reason })
  .prefault({})
  .register(named, { id: 'ChangeGiven', examples: [{ reason: 'Signed the annual contract' }] });

export const referral = resource('Referral', {
  fields: {
    id: z.guid(),
    status: referralStatus,
    campaign: z.strictObject({ id: z.guid(), name: z.string() }),
    referrer: z
      .strictObject({
        id: z.guid(),
        code: z.string(),
        name: z.string().nullable(),
        email: z.string().nullable(),
        link: z.string(),
      })
      .nullable(),
    person,
    contact_id: z.string().nullable().describe('The Intercom contact that the person is linked to.'),
    reward: z
      .strictObject({ status: rewardStatus, label: z.string().nullable() })
      .describe('The reward status that most needs attention. /rewards lists each reward.'),
    joined_at: moment,
    status_at: moment,
    status_reason: z.string().nullable(),
    blocked: z
      .strictObject({ code: z.enum(blockCodes), reason: z.string() })
      .nullable()
      .describe('What blocks it from qualifying, and what to do. Null when nothing does.'),
    hints: z
      .array(z.enum(hintCodes))
      .describe('What friend and referrer share, while the referral is pending or qualified.'),
    source: referralSource,
    platform: platformName,
  },
  sourceOf: ({ campaign, referrer, person, reward, ...rest }: Referral, { ctx }) => ({
    ...rest,
    campaign,
    referrer: referrer && {
      ...referrer,
      ...referrer.person,
      id: referrer.id,
      link: shareLinkOf(ctx, referrer),
    },
    person,
    contactId: person.contactId,
    reward: { status: reward, label: rewardLabel(campaign.rewards) },
    platform: campaign.platform,
  }),
  example: {
    id: '9d0e4f0a-7c1f-4d0c-8f0e-3d9a6c5b4a22',
    status: 'qualified',
    campaign: { id: '6b1c6e0e-6a0d-4c39-8a34-5f3c1d1b7a10', name: 'Spring' },
    referrer: {
      id: 'c3c8a3c6-8c53-4b6e-9d5a-0f4f8f6f2b11',
      code: 'k7m2pxr4tq',
      name: 'Sam Okafor',
      email: 'sam@example.com',
      link: 'https://referrals.example.com/r/k7m2pxr4tq',
    },
    person: personExample,
    contact_id: null,
    reward: { status: 'due', label: '10 EUR credit' },
    joined_at: '2026-03-05T08:30:00.000Z',
    status_at: '2026-03-19T14:02:11.000Z',
    status_reason: 'Signed the annual contract',
    blocked: null,
    hints: [],
    source: 'link',
    platform: 'built-in',
  },
});

export const historyEntry = resource('HistoryEntry', {
  fields: {
    id: z.string().describe('Increases with time within a referral.'),
    at: moment,
    what: z.enum(historyEvents),
    from: z.string().nullable(),
    to: z.string().nullable(),
    actor: z.strictObject({
      kind: z.enum([...identifiedActors, ...unidentifiedActors]),
      name: z.string().nullable().describe('Name of the teammate, rule or access token.'),
    }),
    reason: z.string().nullable(),
  },
  example: {
    id: '5183',
    at: '2026-03-19T14:02:11.000Z',
    what: 'status',
    from: 'pending',
    to: 'qualified',
    actor: { kind: 'api', name: 'billing' },
    reason: 'Signed the annual contract',
  },
});
