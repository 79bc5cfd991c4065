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
    ongoing: z.boolean().default(false).describe('Keep adding new contacts of this kind.'),
  })
  .transform(({ from, campaign_id: campaignId, ongoing, ...chosen }, context) => {
    const given = Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== undefined));
    const selection = contactSelection.safeParse(given);
    if (selection.success) return { campaignId, wanted: { from, selection: selection.data, ongoing } };
    const message = 'give segment_id for a segment, query for a search, and neither for the others';
    context.addIssue({ code: 'custom', path: ['contacts'], message });
    return z.NEVER;
  });

const fromCampaign = z
  .strictObject({
    from: z
      .literal('campaign')
      .describe('People of the campaign become contacts, as its enrollment settings say.'),
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
  description: 'Counts first. Nothing is done before you confirm.',
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
      .describe('"counted": waits for confirmation. "watching": done, and adds new contacts.'),
    counted: z
      .strictObject({
        total: count,
        to_do: count,
        existing: count.describe('People who need nothing.'),
        skipped: count.describe('People who were erased, deleted or merged.'),
      })
      .nullable()
      .describe('Null until counting ends.'),
    progress: z.strictObject({ seen: count, done: count, existing: count, skipped: count }),
    per_minute: count.nullable().describe('Null unless it is running.'),
    seconds_left: count.nullable(),
    trouble: z.string().nullable().describe('What it waits for, or why it failed.'),
    requested_by: z.string(),
    created_at: moment,
    finished_at: moment.nullable(),
    next_pass_at: moment.nullable().describe('When an ongoing backfill checks all contacts again.'),
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
    statuses: { 200: 'The updated backfill' },
    act: ({ ctx, workspaceId, id, actor }) => changeBackfill(ctx, workspaceId, id, change, actor),
  });

export const backfillRoutes: Route[] = [
  list('/backfills', {
    operation: 'listBackfills',
    summary: 'List backfills',
    query: { campaign_id: z.guid().optional(), ...paged },
    items: backfill,
    name: 'BackfillList',
    statuses: { 200: 'A page of backfills' },
    find: ({ ctx, workspaceId, filter, page }) => listBackfills(ctx, workspaceId, filter.campaignId, page),
  }),
  write('/backfills', {
    operation: 'startBackfill',
    summary: 'Create a backfill. It counts first and waits for confirmation',
    body: given,
    answer: backfill,
    statuses: { 201: 'The backfill, counting' },
    act: ({ ctx, workspaceId, body, actor }) => startBackfill(ctx, workspaceId, body, actor),
  }),
  read('/backfills/:id', {
    operation: 'readBackfill',
    summary: 'Get a backfill with its counts and progress',
    answer: backfill,
    statuses: { 200: 'The backfill' },
    find: ({ ctx, workspaceId, id }) => readBackfill(ctx, workspaceId, id),
  }),
  changing('confirm', 'Confirm a backfill'),
  changing('pause', 'Pause a backfill'),
  changing('resume', 'Resume a backfill, or start over after a failure'),
  changing('cancel', 'Cancel a backfill; people who were added stay'),
];
