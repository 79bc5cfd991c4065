// Alerts: what teammates and chat channels are told, when, and in which words. No alert names a person of the program.
import { z } from 'zod';
import { atClock, dayOf } from '../day.ts';
import { dayMs, hourMs, minuteMs } from '../time-units.ts';
import { counted } from '../words.ts';
import type { Role } from '../workspace/teammate.ts';

export const alertTopics = {
  failures: {
    label: 'Failures',
    hint: 'Immediately when runs fail or a service is down, and again when it is resolved.',
  },
  reviews: { label: 'Reviews', hint: 'When a review waits for a decision. At most one message an hour.' },
  rewards: {
    label: 'Rewards due',
    hint: 'At 9 AM, if rewards became due since the last message.',
  },
  digest: {
    label: 'Weekly digest',
    hint: 'On Mondays at 9 AM: people who joined, referrals that qualified, rewards issued.',
  },
} as const;
export type AlertTopic = keyof typeof alertTopics;
export const alertTopicNames = Object.keys(alertTopics) as AlertTopic[];

export const topicList = z.array(z.enum(alertTopicNames));

/** For a teammate who has chosen nothing yet. */
export const usualTopics = (role: Role): AlertTopic[] => (role === 'administrator' ? ['failures'] : []);

/** What happens in the workspace as far as alerts are concerned. */
export type AlertFacts = {
  /** Failed for good and neither retried nor dismissed, and services that take no calls: a key and words for each. */
  troubles: { key: string; words: string; newestAt: Date; href: string }[];
  reviews: { open: number; newestAt: Date | null };
  /** Null unless `asksForRewards`. */
  rewards: { due: number; newestAt: Date | null } | null;
  /** Null unless `isDigestDue`. */
  week: { joined: number; qualified: number; issued: number } | null;
};

/** What was told last. */
export type AlertMarks = {
  /** By the key of a trouble that was told and is not over. */
  troubles: Record<string, { words: string; toldAt: string }>;
  reviewsAt: string | null;
  /** When due rewards were last asked for. */
  rewardsAt: string | null;
  /** The Monday of the last digest, as `2026-11-30`. */
  digest: string | null;
};

export const alertMarks: z.ZodType<AlertMarks> = z.object({
  troubles: z.record(z.string(), z.object({ words: z.string(), toldAt: z.string() })),
  reviewsAt: z.string().nullable(),
  rewardsAt: z.string().nullable(),
  digest: z.string().nullable(),
});

export const noMarks: AlertMarks = { troubles: {}, reviewsAt: null, rewardsAt: null, digest: null };

export type Alert = {
  topic: AlertTopic;
  /** The same for the same message, whichever process makes it. */
  key: string;
  subject: string;
  lines: string[];
  /** The page of the console that it is about. */
  href: string;
};

type Clock = { now: Date; timeZone: string };

/** A trouble that keeps growing is told again after a day. */
const troubleAgainMs = dayMs;
const reviewsAgainMs = hourMs;

/** The messages that are due, and what is told after them. */
export function dueAlerts(
  facts: AlertFacts,
  marks: AlertMarks,
  clock: Clock,
): { alerts: Alert[]; marks: AlertMarks } {
  const { now } = clock;
  const troubles = troubleAlerts(facts, marks, now);
  const reviews = reviewAlert(facts, marks, now);
  const rewards = rewardAlert(facts, marks, clock);
  const digest = digestAlert(facts, marks, clock);
  return {
    alerts: [troubles.alerts, reviews ?? [], rewards?.alert ?? [], digest?.alert ?? []].flat(),
    marks: {
      troubles: troubles.told,
      reviewsAt: reviews === null ? marks.reviewsAt : now.toISOString(),
      rewardsAt: rewards === null ? marks.rewardsAt : now.toISOString(),
      digest: digest?.monday ?? marks.digest,
    },
  };
}

function troubleAlerts({ troubles }: AlertFacts, marks: AlertMarks, now: Date) {
  const at = now.toISOString();
  const isToTell = ({ key, newestAt }: AlertFacts['troubles'][number]) => {
    const told = marks.troubles[key];
    if (told === undefined) return true;
    const toldAt = Date.parse(told.toldAt);
    return newestAt.getTime() > toldAt && now.getTime() - toldAt >= troubleAgainMs;
  };
  const fresh = troubles.filter(isToTell);
  const present = new Set(troubles.map(({ key }) => key));
  const over = Object.entries(marks.troubles).filter(([key]) => !present.has(key));
  const alerts: Alert[] = [];
  if (fresh.length > 0) {
    alerts.push({
      topic: 'failures',
      key: `failures:${fresh.map(({ key }) => key).join(',')}:${at}`,
      subject:
        fresh.length === 1
          ? `Attention needed: ${fresh[0]?.words ?? ''}`
          : `${fresh.length} issues need attention`,
      lines: fresh.map(({ words }) => words),
      href: fresh[0]?.href ?? '/console',
    });
  }
  if (over.length > 0) {
    alerts.push({
      topic: 'failures',
      key: `over:${over.map(([key]) => key).join(',')}:${at}`,
      subject:
        over.length === 1 ? `Resolved: ${over[0]?.[1].words ?? ''}` : `${over.length} issues are resolved`,
      lines: over.map(([, { words }]) => `Resolved: ${words}`),
      href: '/console',
    });
  }
  const told: AlertMarks['troubles'] = {};
  for (const trouble of troubles) {
    const before = marks.troubles[trouble.key];
    const { key, words } = trouble;
    told[key] = fresh.includes(trouble) || before === undefined ? { words, toldAt: at } : before;
  }
  return { alerts, told };
}

function reviewAlert(
  { reviews: { open, newestAt } }: AlertFacts,
  { reviewsAt }: AlertMarks,
  now: Date,
): Alert | null {
  if (open === 0 || newestAt === null) return null;
  if (reviewsAt !== null) {
    const toldAt = Date.parse(reviewsAt);
    if (newestAt.getTime() <= toldAt || now.getTime() - toldAt < reviewsAgainMs) return null;
  }
  return {
    topic: 'reviews',
    key: `reviews:${now.toISOString()}`,
    subject: `${counted(open, 'review waits', 'reviews wait')} for a decision`,
    lines: [
      'A person who joined may be an existing contact. Nothing is sent to Intercom until a teammate decides.',
    ],
    href: '/console/reviews',
  };
}

/** Once a day, from nine on: what falls due later in the day is told the next morning. */
export function asksForRewards({ rewardsAt }: AlertMarks, { now, timeZone }: Clock): boolean {
  const nine = atNine(dayOf(now, timeZone), timeZone);
  return now >= nine && (rewardsAt === null || Date.parse(rewardsAt) < nine.getTime());
}

function rewardAlert({ rewards }: AlertFacts, marks: AlertMarks, clock: Clock): { alert: Alert[] } | null {
  if (rewards === null || !asksForRewards(marks, clock)) return null;
  const { due, newestAt } = rewards;
  const askedAt = marks.rewardsAt === null ? 0 : Date.parse(marks.rewardsAt);
  if (due === 0 || newestAt === null || newestAt.getTime() <= askedAt) return { alert: [] };
  return {
    alert: [
      {
        topic: 'rewards',
        key: `rewards:${dayOf(clock.now, clock.timeZone)}`,
        subject: `${counted(due, 'reward is', 'rewards are')} due`,
        lines: ['Issue them, or approve them first if the campaign requires it.'],
        href: '/console/rewards',
      },
    ],
  };
}

/** On Mondays, once from nine on. */
export function isDigestDue({ digest }: AlertMarks, { now, timeZone }: Clock): boolean {
  const today = dayOf(now, timeZone);
  const isMonday = new Date(`${today}T00:00:00Z`).getUTCDay() === 1;
  return isMonday && digest !== today && now >= atNine(today, timeZone);
}

function digestAlert(
  { week }: AlertFacts,
  marks: AlertMarks,
  clock: Clock,
): { alert: Alert[]; monday: string } | null {
  if (week === null || !isDigestDue(marks, clock)) return null;
  const { joined, qualified, issued } = week;
  const today = dayOf(clock.now, clock.timeZone);
  return {
    monday: today,
    alert: [
      {
        topic: 'digest',
        key: `digest:${today}`,
        subject: 'Your referral program last week',
        lines: [
          counted(joined, 'referred person joined', 'referred people joined'),
          counted(qualified, 'referral qualified', 'referrals qualified'),
          counted(issued, 'reward was issued', 'rewards were issued'),
        ],
        href: '/console',
      },
    ],
  };
}

/** As long again as it was tried already, so that a server that was slow once does not cost a minute. */
export const againAfterMs = (triedMs: number): number => Math.min(minuteMs, Math.max(5_000, triedMs));

const atNine = (day: string, timeZone: string) => atClock(Date.parse(`${day}T09:00:00Z`), timeZone);
