// Tools that read how the app itself does: failed runs, and whether the set-up is complete.
import { z } from 'zod';
import { isWorkKind, type LoggedRun, runStates, workKinds } from '../../domain/runs/run.ts';
import { countOpenReviews, listHeldUp, readStandings, readTraffic } from '../../store/people/overview.ts';
import { readSigns } from '../../store/workspace/installation-checks.ts';
import { countRunsToRetry, listRuns } from '../runs/run-log.ts';
import { tool } from './tool.ts';
import { cursorOf, link, moment, numeric, pageInput, pageOutput, pageUrl, placeIn } from './tool-shapes.ts';

const text = z.string().nullable();

/** What refused it, in a word: what the other service wrote is in the run log. */
const reasonCodes = [
  'not_allowed',
  'not_found',
  'conflict',
  'refused',
  'rate_limited',
  'not_answered',
  'unknown',
] as const;

export const runShape = {
  run_id: z.string(),
  what: z.string(),
  state: z.enum(runStates),
  reason_code: z.enum(reasonCodes),
  answered_status: z.int().nullable().describe('The HTTP status of the last answer.'),
  failed_attempts: z.int(),
  max_attempts: z.int(),
  referral_id: text,
  contact_id: text,
  created_at: moment,
  finished_at: text,
  url: link,
};

export function toldRun(urlOf: (path: string) => string, run: LoggedRun) {
  const status = answered.safeParse(run.exchange).data?.answer.status ?? null;
  return {
    run_id: run.id,
    what: isWorkKind(run.kind) ? workKinds[run.kind].label : 'Other work',
    ...{ state: run.state, reason_code: reasonOf(status, run), answered_status: status },
    ...{ failed_attempts: run.attempts, max_attempts: run.maxAttempts },
    ...{ referral_id: run.referralId, contact_id: run.contactId },
    created_at: run.createdAt.toISOString(),
    finished_at: run.finishedAt?.toISOString() ?? null,
    url: urlOf(`/run-log/${run.id}`),
  };
}

const answered = z.object({ answer: z.object({ status: z.int() }) });

function reasonOf(status: number | null, { error }: LoggedRun): (typeof reasonCodes)[number] {
  if (status === null) return error === null ? 'unknown' : 'not_answered';
  if (status >= 500) return 'not_answered';
  return byStatus[status] ?? 'refused';
}
const byStatus: Partial<Record<number, (typeof reasonCodes)[number]>> = {
  401: 'not_allowed',
  402: 'not_allowed',
  403: 'not_allowed',
  404: 'not_found',
  409: 'conflict',
  410: 'not_found',
  429: 'rate_limited',
};

export const listFailedRuns = tool({
  name: 'list_failed_runs',
  title: 'List failed runs',
  description: 'Lists failed runs, newest first, with a code for the reason.',
  input: pageInput,
  output: pageOutput(z.strictObject(runShape)),
  async run({ ctx, caller: { workspaceId } }, { limit, cursor }) {
    const place = placeIn(cursor, numeric);
    const after = place && { at: new Date(Number(place.value)), id: place.id };
    const [{ items, next }, total] = await Promise.all([
      listRuns(ctx, workspaceId, { state: 'failed' }, { limit, after }),
      countRunsToRetry(ctx, workspaceId, {}),
    ]);
    return {
      items: items.map((run) => toldRun((path) => pageUrl(ctx, path), run)),
      showing: items.length,
      total,
      next_cursor: cursorOf(next && { value: String(next.at.getTime()), id: next.id }),
    };
  },
});

const issueCodes = [
  'intercom_access',
  'missing_permissions',
  'intercom_outage',
  'platform_outage',
  'failed_runs',
  'failed_deliveries',
  'open_reviews',
  'enrollment_incomplete',
  'campaign_without_rule',
] as const;

export const getSetupHealth = tool({
  name: 'get_setup_health',
  title: 'Check the setup',
  description:
    'Returns what needs attention in this workspace: access to Intercom, outages, failed runs, reviews, and incomplete campaigns.',
  input: {},
  output: {
    state: z.enum(['ok', 'needs_attention']),
    issues: z.array(
      z.strictObject({
        code: z.enum(issueCodes),
        count: z.int(),
        campaign: text,
        what_to_do: z.string(),
        url: link,
      }),
    ),
    last_delivery_at: text.describe('Time of the last webhook delivery from Intercom.'),
    waiting_runs: z.int(),
    as_of: moment,
  },
  async run({ ctx, caller: { workspaceId } }) {
    const { db } = ctx.database;
    const at = ctx.now();
    const [signs, traffic, campaigns, reviews, heldUp] = await Promise.all([
      readSigns(db, workspaceId),
      readTraffic(db, workspaceId, at),
      readStandings(db, workspaceId),
      countOpenReviews(db, workspaceId),
      listHeldUp(db, workspaceId),
    ]);
    const lasting = (service: string) =>
      (signs?.outages ?? []).filter((outage) => outage.service === service && outage.since !== null).length;
    const noAccess = signs === null || !signs.installed || !signs.hasToken ? 1 : lasting('token');
    const ruleless = campaigns.filter(
      ({ platform, rules, pending }) => platform === 'built-in' && rules === 0 && pending > 0,
    );
    const found = [
      issue('intercom_access', noAccess, '/access', 'Install Referral Desk again in Intercom.'),
      issue(
        'missing_permissions',
        signs?.missingScopes.length ?? 0,
        '/access',
        'Install it again to grant them.',
      ),
      issue('intercom_outage', lasting('intercom'), '/', 'Work resumes automatically when Intercom answers.'),
      issue(
        'platform_outage',
        lasting('platform'),
        '/connect',
        'Work resumes automatically. If not, test the connection.',
      ),
      issue('failed_runs', traffic.failedRuns, '/run-log', 'Fix the cause, then retry.'),
      issue(
        'failed_deliveries',
        traffic.failedDeliveries,
        '/run-log/deliveries',
        'Fix the cause, then replay.',
      ),
      issue('open_reviews', reviews, '/reviews', 'Decide them.'),
      ...heldUp.map(({ id, name, side, waiting }) =>
        issue('enrollment_incomplete', waiting, `/campaigns/${id}/${side}`, 'Complete the settings.', name),
      ),
      ...ruleless.map(({ id, name, pending }) =>
        issue('campaign_without_rule', pending, `/campaigns/${id}/rules`, 'Add a rule.', name),
      ),
    ].filter(({ count }) => count > 0);
    return {
      state: found.length === 0 ? ('ok' as const) : ('needs_attention' as const),
      issues: found.slice(0, 25).map(({ path, ...each }) => ({ ...each, url: pageUrl(ctx, path) })),
      last_delivery_at: traffic.lastReceivedAt?.toISOString() ?? null,
      waiting_runs: traffic.due,
      as_of: at.toISOString(),
    };
  },
});

function issue(
  code: (typeof issueCodes)[number],
  count: number,
  path: string,
  what_to_do: string,
  campaign: string | null = null,
) {
  return { code, count, campaign, what_to_do, path };
}
