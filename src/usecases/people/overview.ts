// The console's first page: whether everything works, with what to do where it does not, and how the campaigns are doing.
import type { SideName } from '../../domain/enrollment/enrollment.ts';
import type { PlatformName } from '../../domain/program/referral.ts';
import type { Pause } from '../../domain/runs/run.ts';
import type { Drift } from '../platforms/reconcile-progress.ts';

/** A campaign's referrals: `rewarded` have their reward issued, `due` are still to get it. */
export type Funnel = {
  id: string;
  name: string;
  platform: PlatformName;
  joined: number;
  pending: number;
  qualified: number;
  due: number;
  rewarded: number;
  /** That are enabled. */
  rules: number;
};

/** One day of the workspace, as `2026-11-22`. */
export type DayCounts = { day: string; joined: number; qualified: number };

/** A campaign whose setup is not complete, and how many joined it who are therefore not sent to Intercom. */
export type HeldUp = { id: string; name: string; side: SideName; waiting: number };

export type Outage = { service: Pause; since: Date | null; error: string | null };

/** What is counted to see whether work gets done. */
export type Traffic = {
  lastReceivedAt: Date | null;
  /** The oldest notification that is not handled yet. */
  unhandledSince: Date | null;
  failedDeliveries: number;
  /** Runs that are due now, and since when the first of them is. */
  due: number;
  dueSince: Date | null;
  /** Runs that wait for a service or a new grant. */
  paused: number;
  failedRuns: number;
};

export type OverviewDeps = {
  store: {
    traffic(workspaceId: string, at: Date): Promise<Traffic>;
    funnels(workspaceId: string): Promise<Funnel[]>;
    /** The last `days`, oldest first, today included. */
    byDay(workspaceId: string, today: { at: Date; timeZone: string }, days: number): Promise<DayCounts[]>;
    outages(workspaceId: string): Promise<Outage[]>;
    /** Possible duplicates that nobody has decided about. */
    openReviews(workspaceId: string): Promise<number>;
    heldUp(workspaceId: string): Promise<HeldUp[]>;
  };
  installationOf(
    workspaceId: string,
  ): Promise<{ status: string; installedBy: { name: string }; statusAt: Date } | null>;
  connections(
    workspaceId: string,
  ): Promise<{ platform: PlatformName; drift: Drift | null; copying: boolean; trouble: string | null }[]>;
  platformName(platform: PlatformName): string;
  now(): Date;
};

export type Level = 'good' | 'fair' | 'bad';

/** One line of "Is it working?": what is so, a moment that says more, and what to do about it. */
export type Check = {
  of: string;
  level: Level;
  says: string;
  moment: { label: string; at: Date } | null;
  fix: { words: string; label: string; href: string } | null;
};

export type Overview = {
  checks: Check[];
  funnels: Funnel[];
  days: DayCounts[];
  openReviews: number;
  heldUp: HeldUp[];
};

const since = (at: Date | null) => at && { label: 'since', at };

const minute = 60_000;
const day = 24 * 60 * minute;

export type OverviewUseCase = ReturnType<typeof createOverview>;

export function createOverview(deps: OverviewDeps) {
  async function read(workspaceId: string, timeZone: string): Promise<Overview> {
    const at = deps.now();
    const [installation, connections, outages, traffic, funnels, days, openReviews, heldUp] =
      await Promise.all([
        deps.installationOf(workspaceId),
        deps.connections(workspaceId),
        deps.store.outages(workspaceId),
        deps.store.traffic(workspaceId, at),
        deps.store.funnels(workspaceId),
        deps.store.byDay(workspaceId, { at, timeZone }, 30),
        deps.store.openReviews(workspaceId),
        deps.store.heldUp(workspaceId),
      ]);
    const lasting = new Map(outages.flatMap((one) => (one.since ? [[one.service, one] as const] : [])));
    const checks = [
      intercomCheck(installation, lasting),
      platformCheck(connections, lasting.get('platform'), funnels),
      webhookCheck(traffic, at),
      queueCheck(traffic, at),
      failureCheck(traffic),
    ];
    return { checks, funnels, days, openReviews, heldUp };
  }

  function platformCheck(
    connections: Awaited<ReturnType<OverviewDeps['connections']>>,
    outage: Outage | undefined,
    funnels: readonly Funnel[],
  ): Check {
    const of = 'Referral platform';
    const fix = (words: string) => ({ words, label: 'Open Connect', href: '/console/connect' });
    const stranded = funnels.find(
      (one) => one.platform !== 'built-in' && connections.every(({ platform }) => platform !== one.platform),
    );
    if (stranded) {
      const says = `Campaign ${stranded.name} is on ${deps.platformName(stranded.platform)}, which is not connected.`;
      return { of, level: 'bad', says, moment: null, fix: fix('Connect it again.') };
    }
    const [connection] = connections;
    if (!connection)
      return {
        of,
        level: 'good',
        says: 'The built-in program, in this app itself.',
        moment: null,
        fix: null,
      };
    const name = deps.platformName(connection.platform);
    if (outage) {
      const says = `${name} does not answer${because(outage.error)}`;
      const words = 'What waits goes on by itself. If it lasts, test the connection.';
      return { of, level: 'bad', says, moment: since(outage.since), fix: fix(words) };
    }
    if (connection.trouble !== null) {
      const says = `The comparison with ${name} does not get on: ${connection.trouble}`;
      return { of, level: 'fair', says, moment: null, fix: fix('Test the connection.') };
    }
    const at = connection.drift?.finishedAt ?? null;
    const says = `${name} is connected${connection.copying && !at ? ', and is being copied.' : '.'}`;
    return { of, level: 'good', says, moment: at && { label: 'compared', at }, fix: null };
  }

  return { read };
}

function intercomCheck(
  installation: Awaited<ReturnType<OverviewDeps['installationOf']>>,
  outages: ReadonlyMap<Pause, Outage>,
): Check {
  const of = 'Installation';
  const again = { label: 'Install again', href: '/install' };
  if (installation?.status !== 'active' || outages.has('token')) {
    const fix = { ...again, words: 'Nothing is lost: all settings stay, and what waits goes on.' };
    const at = outages.get('token')?.since ?? installation?.statusAt ?? null;
    return { of, level: 'bad', says: 'Intercom refuses this app’s access.', moment: since(at), fix };
  }
  const outage = outages.get('intercom');
  if (outage) {
    const says = `Intercom does not answer${because(outage.error)}`;
    const fix = {
      words: 'What waits goes on by itself.',
      label: 'Intercom’s status',
      href: 'https://www.intercomstatus.com',
    };
    return { of, level: 'bad', says, moment: since(outage.since), fix };
  }
  const says = `Installed by ${installation.installedBy.name}, and Intercom answers.`;
  return { of, level: 'good', says, moment: since(installation.statusAt), fix: null };
}

function webhookCheck({ lastReceivedAt, unhandledSince }: Traffic, at: Date): Check {
  const of = 'Webhooks';
  const lagMs = unhandledSince ? at.getTime() - unhandledSince.getTime() : 0;
  if (lagMs > minute) {
    return {
      of,
      level: lagMs > 10 * minute ? 'bad' : 'fair',
      says: `Notifications wait for ${minutes(lagMs)} to be handled.`,
      moment: since(unhandledSince),
      fix: {
        words: 'If it does not shrink, look at the app’s log.',
        label: 'What waits',
        href: '/console/run-log/deliveries?state=received',
      },
    };
  }
  const subscribe =
    'Rules need them: in Intercom’s Developer Hub, see that the webhook topics are subscribed.';
  const fix = { words: subscribe, label: 'Deliveries', href: '/console/run-log/deliveries' };
  if (!lastReceivedAt)
    return { of, level: 'fair', says: 'Intercom has sent no notification yet.', moment: null, fix };
  if (at.getTime() - lastReceivedAt.getTime() > 7 * day) {
    return {
      of,
      level: 'fair',
      says: 'Intercom has sent no notification for a week.',
      moment: { label: 'the last one', at: lastReceivedAt },
      fix,
    };
  }
  const says = 'Notifications come in, and are handled within a minute.';
  return { of, level: 'good', says, moment: { label: 'the last one', at: lastReceivedAt }, fix: null };
}

function queueCheck({ due, dueSince, paused }: Traffic, at: Date): Check {
  const of = 'Queue';
  const lagMs = dueSince ? at.getTime() - dueSince.getTime() : 0;
  const fix = (words: string) => ({ words, label: 'What waits', href: '/console/run-log?state=waiting' });
  if (lagMs > minute) {
    return {
      of,
      level: lagMs > 10 * minute ? 'bad' : 'fair',
      says: `${counted(due, 'run is', 'runs are')} due; the first has been for ${minutes(lagMs)}.`,
      moment: since(dueSince),
      fix: fix('Intercom’s rate limit may slow them down. If it does not shrink, look at the app’s log.'),
    };
  }
  if (paused > 0) {
    const says = `${counted(paused, 'run waits', 'runs wait')} for a service that does not answer.`;
    return { of, level: 'fair', says, moment: null, fix: fix('They go on by themselves once it does.') };
  }
  return { of, level: 'good', says: 'Nothing waits for longer than a minute.', moment: null, fix: null };
}

function failureCheck({ failedRuns, failedDeliveries }: Traffic): Check {
  const of = 'Failures';
  const runs = counted(failedRuns, 'run', 'runs');
  const deliveries = counted(failedDeliveries, 'delivery', 'deliveries');
  if (failedRuns > 0) {
    const fix = {
      words: 'Each says why. Retry them once the cause is gone.',
      label: 'Look at them',
      href: '/console/run-log?state=failed',
    };
    const says = failedDeliveries > 0 ? `${runs} and ${deliveries} failed.` : `${runs} failed.`;
    return { of, level: 'bad', says, moment: null, fix };
  }
  if (failedDeliveries > 0) {
    const fix = {
      words: 'Each says why. Have them handled again.',
      label: 'Look at them',
      href: '/console/run-log/deliveries?state=failed',
    };
    return { of, level: 'bad', says: `${deliveries} failed.`, moment: null, fix };
  }
  return { of, level: 'good', says: 'Nothing has failed for good.', moment: null, fix: null };
}

const because = (error: string | null) => (error === null ? '.' : `: ${error}`);

const counted = (number: number, one: string, many: string) =>
  `${number.toLocaleString('en-GB')} ${number === 1 ? one : many}`;

function minutes(ms: number): string {
  const rounded = Math.round(ms / minute);
  return rounded < 120 ? counted(rounded, 'minute', 'minutes') : `${Math.round(rounded / 60)} hours`;
}
