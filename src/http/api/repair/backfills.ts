// /api/v1/backfills: adds existing people, in either direction.
import { z } from 'zod';
import {
  type BackfillCounts,
  type BackfillState,
  backfillMembers,
  backfillStates,
  contactSelection,
} from '../../../domain/repair/backfill.ts';
import {
  type BackfillChange,
  changeBackfill,
  listBackfills,
  readBackfill,
  type ShownBackfill,
  startBackfill,
} from '../../../usecases/repair/backfill.ts';
import { resource } from '../resource.ts';
import { list, type Route, read, write } from '../route.ts';
import { count, emptyBody, moment, named, paged } from '../schemas.ts';

const maxQueryLength = 10_000;

function isSmall(query: object): boolean {
  try {
    return JSON.stringify(query).length <= maxQueryLength;
  } catch {
    // Nested more deeply than anything is written.
    return false;
  }
}

const contacts = z.enum(['all', 'leads', 'users', 'segment', 'search']);
const members = z.enum(backfillMembers);

const fromIntercom = z
  .strictObject({
    from: z.literal('intercom').describe('Contacts become referrers of the campaign.'),
    campaign_id: z.guid(),
    contacts: contacts.default('all'),
    segment_id: z.string().min(1).max(255).optional().describe('For "segment".'),
    query: z
      .record(z.string(), z.unknown())
      .refine(isSmall, 'is too large')
      .optional()
      .describe('For "search": a query for Intercom\'s contact search.'),
    ongoing: z
      .boolean()
      .default(false)
      .describe('Afterwards, too: every new contact of the kind becomes a referrer.'),
  })
  .transform(({ from, campaign_id: campaignId, ongoing, ...chosen }, context) => {
    const given = Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== undefined));
    const selection = contactSelection.safeParse(given);
    if (selection.success) return { campaignId, wanted: { from, selection: selection.data, ongoing } };
    const message = 'a segment needs segment_id, a search needs query, and the others need neither';
    context.addIssue({ code: 'custom', path: ['contacts'], message });
    return z.NEVER;
  });

const fromCampaign = z
  .strictObject({
    from: z
      .literal('campaign')
      .describe('Who is in the campaign becomes a contact, as its settings for enrollment say.'),
    campaign_id: z.guid(),
    members: members.default('all'),
  })
  .transform(({ from, campaign_id: campaignId, members }) => ({ campaignId, wanted: { from, members } }));

const given = z.discriminatedUnion('from', [fromIntercom, fromCampaign]).register(named, {
  id: 'BackfillGiven',
  examples: [
    { from: 'intercom', campaign_id: '6b1c6e0e-6a0d-4c39-8a34-5f3c1d1b7a10', contacts: 'users' },
    { from: 'campaign', campaign_id: '6b1c6e0e-6a0d-4c39-8a34-5f3c1d1b7a10', members: 'referrals' },
  ],
});

const backfill = resource('Backfill', {
  description: 'Counted first; nothing is done before it is confirmed.',
  fields: {
    id: z.guid(),
    campaign_id: z.guid(),
    from: z.enum(['intercom', 'campaign']),
    contacts: contacts.nullable(),
    segment_id: z.string().nullable(),
    query: z.unknown(),
    ongoing: z.boolean(),
    members: members.nullable(),
    state: z
      .enum(backfillStates)
      .describe('"counted": waits to be confirmed. "watching": done, and takes new contacts from now on.'),
    counted: z
      .strictObject({
        total: count,
        to_do: count,
        existing: count.describe('Nothing has to be done about them.'),
        skipped: count.describe('Nothing may be done about them: erased, deleted or merged meanwhile.'),
      })
      .nullable()
      .describe('Null until everything is counted.'),
    progress: z.strictObject({ seen: count, done: count, existing: count, skipped: count }),
    per_minute: count.nullable().describe('Null while it does not run.'),
    seconds_left: count.nullable(),
    trouble: z.string().nullable().describe('What it waits for, or why it failed.'),
    requested_by: z.string(),
    created_at: moment,
    finished_at: moment.nullable(),
    next_pass_at: moment.nullable().describe('When an ongoing one looks through everything again.'),
  },
  sourceOf: backfillSource,
  example: {
    id: '1d4c1f62-5d0a-4a8e-b0de-6a7f0a8f1c33',
    campaign_id: '6b1c6e0e-6a0d-4c39-8a34-5f3c1d1b7a10',
    from: 'intercom',
    contacts: 'users',
    segment_id: null,
    query: null,
    ongoing: false,
    members: null,
    state: 'running',
    counted: { total: 4200, to_do: 4100, existing: 98, skipped: 2 },
    progress: { seen: 1500, done: 1470, existing: 29, skipped: 1 },
    per_minute: 3000,
    seconds_left: 54,
    trouble: null,
    requested_by: 'backend',
    created_at: '2026-11-12T09:00:00.000Z',
    finished_at: null,
    next_pass_at: null,
  },
});

function backfillSource({ wanted, counted, progress, pace, ...rest }: ShownBackfill) {
  const selection = wanted.from === 'intercom' ? wanted.selection : null;
  return {
    ...rest,
    from: wanted.from,
    contacts: selection?.contacts ?? null,
    segmentId: selection?.contacts === 'segment' ? selection.segment_id : null,
    query: selection?.contacts === 'search' ? selection.query : null,
    ongoing: wanted.from === 'intercom' && wanted.ongoing,
    members: wanted.from === 'campaign' ? wanted.members : null,
    counted: counted && { ...counted, total: counted.seen, toDo: counted.added },
    progress: progressIn(rest.state, progress),
    perMinute: pace?.perMinute ?? null,
    secondsLeft: pace?.secondsLeft ?? null,
  };
}

/** Counting changes nothing yet, and its counts go to `counted`. */
function progressIn(state: BackfillState, progress: BackfillCounts) {
  if (state === 'counted') return { seen: 0, done: 0, existing: 0, skipped: 0 };
  return { ...progress, done: state === 'counting' ? 0 : progress.added };
}

const changing = (change: BackfillChange, summary: string) =>
  write(`/backfills/:id/${change}`, {
    operation: `${change}Backfill`,
    summary,
    body: emptyBody(`BackfillTo${change[0]?.toUpperCase()}${change.slice(1)}`),
    answer: backfill,
    statuses: { 200: 'The backfill as it is now' },
    act: ({ ctx, workspaceId, id, actor }) => changeBackfill(ctx, workspaceId, id, change, actor),
  });

export const backfillRoutes: Route[] = [
  list('/backfills', {
    operation: 'listBackfills',
    summary: 'The backfills of the workspace',
    query: { campaign_id: z.guid().optional(), ...paged },
    items: backfill,
    name: 'BackfillList',
    statuses: { 200: 'A page of backfills' },
    find: ({ ctx, workspaceId, filter, page }) => listBackfills(ctx, workspaceId, filter.campaignId, page),
  }),
  write('/backfills', {
    operation: 'startBackfill',
    summary: 'Count who would be brought over; nothing is done before it is confirmed',
    body: given,
    answer: backfill,
    statuses: { 201: 'The backfill, which counts' },
    act: ({ ctx, workspaceId, body, actor }) => startBackfill(ctx, workspaceId, body, actor),
  }),
  read('/backfills/:id', {
    operation: 'readBackfill',
    summary: 'One backfill, with its counts and how far it is',
    answer: backfill,
    statuses: { 200: 'The backfill' },
    find: ({ ctx, workspaceId, id }) => readBackfill(ctx, workspaceId, id),
  }),
  changing('confirm', 'Do what was counted'),
  changing('pause', 'Stop after the page in hand'),
  changing('resume', 'Resume where it stopped, or start over after a failure'),
  changing('cancel', 'End it; what is done stays'),
];
