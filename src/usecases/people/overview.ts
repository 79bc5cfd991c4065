// The console's first page: whether all works, what to do if not, and the campaigns' results.
import type { Context } from '../../context.ts';
import { platforms } from '../../domain/platforms/platform.ts';
import type { Pause } from '../../domain/runs/run.ts';
import { dayMs, minuteMs } from '../../domain/time-units.ts';
import { counted } from '../../domain/words.ts';
import { refusalsOf, type Signs } from '../../domain/workspace/health.ts';
import {
  type CampaignOverview,
  countFailedWork,
  countOpenReviews,
  type HeldUp,
  listHeldUp,
  listStuckWork,
  type Milestones,
  readMilestones,
  readStandings,
  readTraffic,
  type StuckKind,
  type StuckWork,
  type Traffic,
} from '../../store/people/overview.ts';
import { listOutages, type Outage } from '../../store/runs/outages.ts';
import { readSigns } from '../../store/workspace/installation-checks.ts';
import { findInstallation, type InstallationRecord } from '../../store/workspace/installations.ts';
import { type ConnectionStatus, listConnections } from '../platforms/connections.ts';
import { type Backlog, backlogOf, secondsLeft } from '../qualification/backlog.ts';
import { query } from '../query.ts';

export type { CampaignOverview, HeldUp };

export type Level = 'good' | 'fair' | 'bad';

/** A line of "Is it working?": state, time, and what to do. */
export type Check = {
  about: string;
  level: Level;
  says: string;
  moment?: { label: string; at: Date } | null;
  fix?: { words: string; label: string; href: string };
};

export type Overview = {
  checks: Check[];
  campaigns: CampaignOverview[];
  openReviews: number;
  heldUp: HeldUp[];
  milestones: Milestones;
};

/** For the navigation: what waits for a decision, and what has failed. */
export const countReviews = query(countOpenReviews);
export const countFailed = query(countFailedWork);

const since = (at: Date | null, label = 'started') => at && { label, at };

export async function readOverview(ctx: Context, workspaceId: string): Promise<Overview> {
  const { db } = ctx.database;
  const at = ctx.now();
  const [installation, signs, stuck, connections, outages, traffic, campaigns, heldUp, milestones] =
    await Promise.all([
      findInstallation(db, workspaceId),
      readSigns(db, workspaceId),
      listStuckWork(db, workspaceId, new Date(at.getTime() - dayMs)),
      listConnections(ctx, workspaceId),
      listOutages(db, workspaceId),
      readTraffic(db, workspaceId, at),
      readStandings(db, workspaceId),
      listHeldUp(db, workspaceId),
      readMilestones(db, workspaceId),
    ]);
  const lasting = new Map(
    outages.flatMap((outage) => (outage.since ? [[outage.service, outage] as const] : [])),
  );
  const isBehind = traffic.unhandledSince !== null && behindMs(traffic.unhandledSince, at) > minuteMs;
  const backlog = isBehind ? await backlogOf(ctx, workspaceId) : null;
  const checks = [
    intercomCheck(installation, lasting, signs, at),
    platformCheck(connections, lasting.get('platform'), campaigns),
    webhookCheck(traffic, backlog, at),
    queueCheck(traffic, at),
    failureCheck(traffic),
    ...stuckCheck(stuck),
    ...(ctx.deployment.untrustedProxy ? [proxyCheck] : []),
  ];
  return { checks, campaigns, openReviews: traffic.openReviews, heldUp, milestones };
}

const proxyCheck: Check = {
  about: 'Deployment',
  level: 'fair',
  says: 'Requests come through a proxy. Set TRUST_PROXY to the number of proxies in front of the app.',
};

function platformCheck(
  connections: readonly ConnectionStatus[],
  outage: Outage | undefined,
  campaigns: readonly CampaignOverview[],
): Check {
  const about = 'Referral platform';
  const fix = (words: string) => ({ words, label: 'Open Connect', href: '/console/connect' });
  const stranded = campaigns.find(
    (campaign) =>
      campaign.platform !== 'built-in' && connections.every(({ platform }) => platform !== campaign.platform),
  );
  if (stranded) {
    const says = `Campaign ${stranded.name} is on ${platforms[stranded.platform].name}, which is not connected.`;
    return { about, level: 'bad', says, fix: fix('Connect it again.') };
  }
  const [connection] = connections;
  if (!connection) return { about, level: 'good', says: 'Built-in program: no connection needed.' };
  const name = platforms[connection.platform].name;
  if (outage) {
    const says = `${name} is not responding${because(outage.error)}`;
    const words = 'Work resumes automatically. If this lasts, test the connection.';
    return { about, level: 'bad', says, moment: since(outage.since), fix: fix(words) };
  }
  if (connection.trouble !== null) {
    const says = `The sync with ${name} is stuck: ${connection.trouble}`;
    return { about, level: 'fair', says, fix: fix('Test the connection.') };
  }
  const at = connection.drift?.finishedAt ?? null;
  const says = `${name} is connected${connection.copying && !at ? '. Copying its data.' : '.'}`;
  return { about, level: 'good', says, moment: at && { label: 'compared', at } };
}

function intercomCheck(
  installation: InstallationRecord | null,
  outages: ReadonlyMap<Pause, Outage>,
  signs: Signs | null,
  now: Date,
): Check {
  const about = 'Installation';
  const again = { label: 'Install again', href: '/install' };
  if (installation?.status !== 'active' || outages.has('token')) {
    const fix = { ...again, words: 'Nothing is lost: settings stay, and waiting work resumes.' };
    const at = outages.get('token')?.since ?? installation?.statusAt ?? null;
    return { about, level: 'bad', says: 'Intercom denies access to this app.', moment: since(at), fix };
  }
  const [refusal] = signs === null ? [] : refusalsOf(signs, now);
  if (refusal) {
    const fix = { ...again, words: 'This clears when the same call works again.' };
    const says = `Intercom refuses access that the app needs. ${refusal.words}.`;
    return { about, level: 'bad', says, moment: since(refusal.at), fix };
  }
  if (signs !== null && signs.missingScopes.length > 0) {
    const fix = { ...again, words: 'Add the permissions in Intercom’s Developer Hub.' };
    return { about, level: 'bad', says: `Missing permissions: ${signs.missingScopes.join(', ')}.`, fix };
  }
  const outage = outages.get('intercom');
  if (outage) {
    // The error is a sentence: that Intercom did not answer, or what is wrong with the setup.
    const says = `Work for Intercom is paused${because(outage.error)}`;
    const fix = {
      words: 'It resumes automatically when Intercom responds again.',
      label: 'Intercom’s status',
      href: 'https://www.intercomstatus.com',
    };
    return { about, level: 'bad', says, moment: since(outage.since), fix };
  }
  const says = `Installed by ${installation.installedBy.name}. Intercom responds.`;
  return { about, level: 'good', says, moment: { label: 'installed', at: installation.statusAt } };
}

const behindMs = (since: Date | null, at: Date) => (since ? at.getTime() - since.getTime() : 0);

/** " 12,400 deliveries are waiting, and 800 are handled per second. Done in about 2 minutes." */
function paceWords(backlog: Backlog | null): string {
  if (backlog === null) return '';
  const { waiting, perSecond } = backlog;
  const left = secondsLeft(backlog);
  const count = waiting.toLocaleString('en-US');
  const queue = ` ${count} ${waiting === 1 ? 'delivery is' : 'deliveries are'} waiting`;
  if (perSecond === null || left === null) return `${queue}, and none were handled recently.`;
  const pace = perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond).toLocaleString('en-US');
  const within = left < 60 ? 'less than a minute' : `about ${minutes(left * 1_000)}`;
  return `${queue}, and ${pace} are handled per second. Done in ${within}.`;
}

function webhookCheck({ lastReceivedAt, unhandledSince }: Traffic, backlog: Backlog | null, at: Date): Check {
  const about = 'Webhooks';
  const lagMs = behindMs(unhandledSince, at);
  if (lagMs > minuteMs) {
    return {
      about,
      level: lagMs > 10 * minuteMs ? 'bad' : 'fair',
      says: `Webhooks are ${minutes(lagMs)} behind.${paceWords(backlog)}`,
      moment: since(unhandledSince, 'oldest from'),
      fix: {
        words: 'If this does not improve, check the app’s log.',
        label: 'View waiting work',
        href: '/console/run-log/deliveries?state=received',
      },
    };
  }
  const subscribe = 'Rules need webhooks: check the webhook topics in Intercom’s Developer Hub.';
  const fix = { words: subscribe, label: 'View deliveries', href: '/console/run-log/deliveries' };
  if (!lastReceivedAt) return { about, level: 'fair', says: 'No webhooks received yet.', fix };
  if (at.getTime() - lastReceivedAt.getTime() > 7 * dayMs) {
    return {
      about,
      level: 'fair',
      says: 'No webhooks received for a week.',
      moment: { label: 'last one', at: lastReceivedAt },
      fix,
    };
  }
  const says = 'Receiving webhooks.';
  return { about, level: 'good', says, moment: { label: 'last one', at: lastReceivedAt } };
}

function queueCheck({ due, dueSince, paused }: Traffic, at: Date): Check {
  const about = 'Queue';
  const lagMs = dueSince ? at.getTime() - dueSince.getTime() : 0;
  const fix = (words: string) => ({
    words,
    label: 'View waiting work',
    href: '/console/run-log?state=waiting',
  });
  if (lagMs > minuteMs) {
    return {
      about,
      level: lagMs > 10 * minuteMs ? 'bad' : 'fair',
      says: `${counted(due, 'run is', 'runs are')} waiting, the oldest for ${minutes(lagMs)}.`,
      moment: since(dueSince, 'oldest from'),
      fix: fix('Intercom’s rate limit may slow them down. If this does not improve, check the app’s log.'),
    };
  }
  if (paused > 0) {
    const says = `${counted(paused, 'run is', 'runs are')} paused until a service responds.`;
    return { about, level: 'fair', says, fix: fix('They resume automatically.') };
  }
  return { about, level: 'good', says: 'Queue is clear.' };
}

function failureCheck({ failedRuns, failedDeliveries }: Traffic): Check {
  const about = 'Failures';
  const runs = counted(failedRuns, 'run', 'runs');
  const deliveries = counted(failedDeliveries, 'delivery', 'deliveries');
  if (failedRuns > 0) {
    const fix = {
      words: 'Fix the cause, then retry.',
      label: 'View failed runs',
      href: '/console/run-log?state=failed',
    };
    const says = failedDeliveries > 0 ? `${runs} and ${deliveries} failed.` : `${runs} failed.`;
    return { about, level: 'bad', says, fix };
  }
  if (failedDeliveries > 0) {
    const fix = {
      words: 'Fix the cause, then replay.',
      label: 'View failed deliveries',
      href: '/console/run-log/deliveries?state=failed',
    };
    return { about, level: 'bad', says: `${deliveries} failed.`, fix };
  }
  return { about, level: 'good', says: 'None.' };
}

const stuckWords: Record<StuckKind, { name: string; path: string | null }> = {
  backfill: { name: 'A backfill', path: '/console/backfills' },
  'sync-check': { name: 'A sync check', path: '/console/sync-checks' },
  recovery: { name: 'Reading missed changes', path: null },
  erasure: { name: 'An erasure', path: null },
  'people-import': { name: 'A people import', path: '/console/people/imports' },
  'bulk-change': { name: 'A bulk change of rewards', path: '/console/rewards/bulk' },
};

/** Shown only when there is any. */
function stuckCheck(stuck: readonly StuckWork[]): Check[] {
  const [first] = stuck;
  if (!first) return [];
  const { name, path } = stuckWords[first.kind];
  const others =
    stuck.length > 1 ? ` ${stuck.length - 1} more ${stuck.length === 2 ? 'has' : 'have'} trouble.` : '';
  const says = `${name} ${first.failed ? 'failed' : 'keeps failing'}: ${first.words.replace(/\.$/, '')}.${others}`;
  const fix = {
    words: first.failed
      ? 'Fix the cause, then start it again.'
      : 'It is retried. If this lasts, fix the cause.',
    label: path === null ? 'Open the run log' : 'Show it',
    href: path === null ? '/console/run-log' : `${path}/${first.id}`,
  };
  return [{ about: 'Long-running work', level: first.failed ? 'bad' : 'fair', says, fix }];
}

const because = (error: string | null) => (error === null ? '.' : `: ${error}`);

function minutes(ms: number): string {
  const rounded = Math.round(ms / minuteMs);
  return rounded < 120 ? counted(rounded, 'minute', 'minutes') : `${Math.round(rounded / 60)} hours`;
}
