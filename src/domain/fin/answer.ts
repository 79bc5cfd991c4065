// The answers to Fin's questions: flat JSON with a sentence that is ready to be said, and codes for Procedures.
import { allows, type CampaignStanding } from '../campaigns/campaign-state.ts';
import type { ReferralStatus } from '../program/referral.ts';
import type {
  FriendReferral,
  GivenReferral,
  OwnReward,
  PersonFacts,
  PublicCampaign,
} from './person-facts.ts';
import type { FinPurpose, Question } from './question.ts';
import type { Speaker } from './speaker.ts';
import { spokenText } from './spoken-text.ts';

/** How many items a list of an answer has at most; `total` says how many there are. */
export const maxListed = 5;

export const reasonCodes = [
  'ok',
  'not_verified',
  'unavailable',
  'not_found',
  'conditions_not_met',
  'waiting_period',
  'in_review',
  'disqualified',
  'expired',
  'no_referral_yet',
  'reward_due',
  'reward_sent',
  'reward_failed',
  'reward_canceled',
  'limit_reached',
  'no_reward',
  'no_link',
  'campaign_closed',
  'no_campaign',
  'reported',
  'limit_of_requests',
  'not_offered',
] as const;
export type ReasonCode = (typeof reasonCodes)[number];

export type NextStep =
  | 'none'
  | 'log_in'
  | 'try_again_later'
  | 'ask_a_teammate'
  | 'wait'
  | 'share_link'
  | 'join_program';

/** In every answer, whatever is asked. */
type Base = {
  found: boolean;
  verified: boolean;
  status_text: string;
  reason_code: ReasonCode;
  next_step: NextStep;
  as_of: string;
};

const noStatus = {
  status: null as ReferralStatus | null,
  campaign: null as string | null,
  joined_on: null as string | null,
  status_on: null as string | null,
  expected_on: null as string | null,
  expires_on: null as string | null,
  referred_total: 0,
  qualified_total: 0,
  pending_total: 0,
  referrals: [] as { campaign: string; joined_on: string; status: ReferralStatus; status_text: string }[],
  total: 0,
};
type ListedReward = {
  label: string;
  amount: string | null;
  currency: string | null;
  status: 'due' | 'issued' | 'failed' | 'canceled' | 'in_review';
  due_on: string;
  issued_on: string | null;
  status_text: string;
};
const noRewards = { due_total: 0, issued_total: 0, rewards: [] as ListedReward[], total: 0 };
const noLinks = {
  link: null as string | null,
  campaign: null as string | null,
  links: [] as { campaign: string; link: string; open: boolean; referred: number }[],
  total: 0,
};
const noCampaigns = {
  campaigns: [] as {
    name: string;
    reward: string | null;
    friend_reward: string | null;
    ends_on: string | null;
    join_link: string | null;
  }[],
  total: 0,
};
const noRequest = { done: false, link: null as string | null };

/** What an answer has when there is nothing to tell: the fields are the same in every case. */
const nothing = {
  'referral-status': noStatus,
  rewards: noRewards,
  'my-link': noLinks,
  program: noCampaigns,
  'resend-link': noRequest,
  'missing-referral': noRequest,
} satisfies Record<Question | FinPurpose, object>;

export type FinAnswer = Base & Record<string, unknown>;

export type ProgramFacts = {
  campaigns: PublicCampaign[];
  total: number;
  timeZone: string;
  publicUrl: string;
};

type Said = Pick<Base, 'reason_code' | 'next_step'> & { texts: (string | null)[] };

const asked = (
  name: keyof typeof nothing,
  base: Omit<Base, 'status_text'>,
  texts: (string | null)[],
): FinAnswer => ({
  ...base,
  status_text: texts.filter((text) => text !== null && text !== '').join(' '),
  ...nothing[name],
});

/** The same for all unverified people, known or not. */
export function unverifiedAnswer(
  name: keyof typeof nothing,
  speaker: Speaker,
  program: ProgramFacts,
  now: Date,
): FinAnswer {
  const base = {
    ...{ found: false, verified: false, as_of: now.toISOString() },
    ...{ reason_code: 'not_verified' as const, next_step: 'log_in' as const },
  };
  return asked(name, base, [speaker.say('fin.notVerified'), ...programTexts(speaker, program)]);
}

/** When nothing can be looked up: it says so, and nothing of the person. */
export function unavailableAnswer(
  name: keyof typeof nothing,
  speaker: Pick<Speaker, 'say'>,
  now: Date,
): FinAnswer {
  const base = {
    ...{ found: false, verified: false, as_of: now.toISOString() },
    ...{ reason_code: 'unavailable' as const, next_step: 'try_again_later' as const },
  };
  return asked(name, base, [speaker.say('fin.unavailable')]);
}

export function notFoundAnswer(name: keyof typeof nothing, speaker: Speaker, now: Date): FinAnswer {
  const base = {
    ...{ found: false, verified: true, as_of: now.toISOString() },
    ...{ reason_code: 'not_found' as const, next_step: 'ask_a_teammate' as const },
  };
  return asked(name, base, [speaker.say('fin.notFound')]);
}

export const isKnown = ({ joined, links, rewards }: PersonFacts): boolean =>
  joined.length + links.length + rewards.length > 0;

const answered = (
  name: keyof typeof nothing,
  { texts, ...said }: Said,
  fields: object,
  asOf: Date,
): FinAnswer => ({
  ...asked(name, { found: true, verified: true, as_of: asOf.toISOString(), ...said }, texts),
  ...fields,
});

/** The oldest copy that the answer relies on; else now. */
function asOf(referrals: readonly { copiedAt: Date | null }[], now: Date): Date {
  const copies = referrals.flatMap(({ copiedAt }) => copiedAt?.getTime() ?? []);
  return new Date(Math.min(now.getTime(), ...copies));
}

export function statusAnswer(speaker: Speaker, facts: PersonFacts, now: Date): FinAnswer {
  const { joined, given, counts, links } = facts;
  const [own] = joined;
  const total = sum(counts);
  const said = own ? sayJoined(speaker, own) : null;
  const [latest] = given;
  const saidGiven = latest ? sayGiven(speaker, latest) : null;
  const decisive = said ?? saidGiven;
  const isReferrer = links.length > 0 || total > 0;
  const { reason_code, next_step } = decisive ?? { reason_code: 'no_referral_yet', next_step: 'share_link' };
  const texts = [
    ...(said?.texts ?? []),
    ...(isReferrer ? [sayGivenTotal(speaker, counts)] : []),
    ...(saidGiven?.texts ?? []),
  ];
  const about = own ?? latest;
  const fields = {
    status: about?.status ?? null,
    campaign: about ? spokenText(about.campaign) : null,
    joined_on: about ? speaker.isoDay(about.joinedAt) : null,
    status_on: about ? speaker.isoDay(about.statusAt) : null,
    expected_on: about?.holdUntil && !about.isBlocked ? speaker.isoDay(about.holdUntil) : null,
    expires_on: about?.expiresAt ? speaker.isoDay(about.expiresAt) : null,
    referred_total: total,
    qualified_total: counts.qualified ?? 0,
    pending_total: counts.pending ?? 0,
    referrals: given.slice(0, maxListed).map((referral) => ({
      campaign: spokenText(referral.campaign),
      joined_on: speaker.isoDay(referral.joinedAt),
      status: referral.status,
      status_text: sayGiven(speaker, referral).texts.join(' '),
    })),
    total,
  };
  return answered(
    'referral-status',
    { reason_code, next_step, texts },
    fields,
    asOf([...joined, ...given], now),
  );
}

function sayGivenTotal({ say }: Speaker, counts: PersonFacts['counts']): string {
  const total = sum(counts);
  if (total === 0) return say('fin.given.none');
  return say('fin.given.total', { total, qualified: counts.qualified ?? 0, pending: counts.pending ?? 0 });
}

const sum = (counts: Partial<Record<string, number>>): number =>
  Object.values(counts).reduce((total: number, each) => total + (each ?? 0), 0);

function sayJoined({ say, day }: Speaker, referral: FriendReferral): Said & { texts: string[] } {
  const campaign = spokenText(referral.campaign);
  const at = day(referral.statusAt);
  const joinedOn = day(referral.joinedAt);
  const { expiresAt, holdUntil, promised } = referral;
  const one = (reason_code: ReasonCode, next_step: NextStep, ...texts: string[]) => ({
    reason_code,
    next_step,
    texts,
  });
  if (referral.isBlocked && referral.status === 'pending')
    return one('in_review', 'ask_a_teammate', say('fin.joined.review', { campaign, date: joinedOn }));
  switch (referral.status) {
    case 'pending': {
      const reward = promised === null ? [] : [say('fin.joined.reward', { reward: spokenText(promised) })];
      if (holdUntil !== null) {
        const until = day(holdUntil);
        return one(
          'waiting_period',
          'wait',
          say('fin.joined.onTrack', { campaign, date: joinedOn, until }),
          ...reward,
        );
      }
      const expires = expiresAt === null ? [] : [say('fin.joined.expires', { date: day(expiresAt) })];
      const pending = say('fin.joined.pending', { campaign, date: joinedOn });
      return one('conditions_not_met', 'wait', pending, ...expires, ...reward);
    }
    case 'qualified':
      return one('ok', 'none', say('fin.joined.qualified', { campaign, date: at }));
    case 'disqualified':
      return one('disqualified', 'ask_a_teammate', say('fin.joined.disqualified', { campaign, date: at }));
    case 'expired':
      return one('expired', 'ask_a_teammate', say('fin.joined.expired', { campaign, date: at }));
  }
}

function sayGiven({ say, day }: Speaker, referral: GivenReferral): Said & { texts: string[] } {
  const about = { campaign: spokenText(referral.campaign), date: day(referral.joinedAt) };
  const { expiresAt, holdUntil } = referral;
  const one = (reason_code: ReasonCode, next_step: NextStep, ...texts: string[]) => ({
    reason_code,
    next_step,
    texts,
  });
  if (referral.isBlocked && referral.status === 'pending')
    return one('in_review', 'ask_a_teammate', say('fin.given.review', about));
  switch (referral.status) {
    case 'pending': {
      if (holdUntil !== null)
        return one('waiting_period', 'wait', say('fin.given.onTrack', { ...about, until: day(holdUntil) }));
      const expires = expiresAt === null ? [] : [say('fin.given.expires', { date: day(expiresAt) })];
      return one('conditions_not_met', 'wait', say('fin.given.pending', about), ...expires);
    }
    case 'qualified': {
      const qualified = say('fin.given.qualified', { ...about, at: day(referral.statusAt) });
      if (referral.hasReachedLimit)
        return one('limit_reached', 'ask_a_teammate', qualified, say('fin.given.limit', about));
      return one('ok', 'none', qualified);
    }
    case 'disqualified':
      return one('disqualified', 'ask_a_teammate', say('fin.given.disqualified', about));
    case 'expired':
      return one('expired', 'ask_a_teammate', say('fin.given.expired', about));
  }
}

export function rewardsAnswer(speaker: Speaker, facts: PersonFacts, now: Date): FinAnswer {
  const { rewards, rewardCounts, given, joined } = facts;
  const total = sum(rewardCounts);
  const due = (rewardCounts.due ?? 0) + (rewardCounts.approved ?? 0) + (rewardCounts.failed ?? 0);
  const issued = rewardCounts.issued ?? 0;
  const listed = rewards.slice(0, maxListed).map((reward) => sayReward(speaker, reward));
  const [latest] = listed;
  const why = latest ?? sayWhyNone(speaker, facts);
  const texts = [
    // Canceled rewards do not count any more.
    issued + due === 0
      ? speaker.say('fin.rewards.none')
      : speaker.say('fin.rewards.total', { total: issued + due, issued, due }),
    ...(latest ? listed.map(({ text }) => text) : why.texts),
    ...(latest ? sayLimit(speaker, given) : []),
  ];
  const fields = {
    due_total: due,
    issued_total: issued,
    rewards: listed.map(({ item }) => item),
    total,
  };
  const { reason_code, next_step } = why;
  return answered('rewards', { reason_code, next_step, texts }, fields, asOf([...joined, ...given], now));
}

function sayLimit({ say }: Speaker, given: readonly GivenReferral[]): string[] {
  const reached = given.find(({ hasReachedLimit }) => hasReachedLimit);
  return reached ? [say('fin.given.limit', { campaign: spokenText(reached.campaign) })] : [];
}

/** For a person without a reward: what is expected, and what blocks it. */
function sayWhyNone(speaker: Speaker, { given, joined }: PersonFacts): Said {
  const [latest] = given;
  const [own] = joined;
  const limit = sayLimit(speaker, given);
  if (limit.length > 0) return { reason_code: 'limit_reached', next_step: 'ask_a_teammate', texts: limit };
  const pending = given.find(({ status, promised }) => status === 'pending' && promised !== null);
  if (pending?.promised) {
    const { reason_code, next_step, texts } = sayGiven(speaker, pending);
    const about = { campaign: spokenText(pending.campaign), date: speaker.day(pending.joinedAt) };
    const expected = speaker.say('fin.reward.expected', { ...about, reward: spokenText(pending.promised) });
    return { reason_code, next_step, texts: pending.isBlocked ? texts : [...texts, expected] };
  }
  if (own) {
    const said = sayJoined(speaker, own);
    return said.reason_code === 'ok' ? { ...said, reason_code: 'no_reward' } : said;
  }
  if (latest) {
    const said = sayGiven(speaker, latest);
    return said.reason_code === 'ok' ? { ...said, reason_code: 'no_reward' } : said;
  }
  return { reason_code: 'no_referral_yet', next_step: 'share_link', texts: [speaker.say('fin.given.none')] };
}

function sayReward(
  { say, day, isoDay }: Speaker,
  reward: OwnReward,
): Said & { text: string; item: ListedReward } {
  const [label, campaign] = [spokenText(reward.label), spokenText(reward.campaign)];
  const date = day(reward.friendJoinedAt);
  const what =
    reward.recipient === 'friend'
      ? say('fin.reward.forJoining', { reward: label, campaign })
      : say('fin.reward.forFriend', { reward: label, campaign, date });
  const { status, word, ...said } = standingOf(reward);
  const text = say(word, { what, date: day(status === 'due' ? reward.dueAt : reward.statusAt) });
  const item = {
    ...{ label, amount: reward.amount, currency: reward.currency, status },
    due_on: isoDay(reward.dueAt),
    issued_on: status === 'issued' ? isoDay(reward.statusAt) : null,
    status_text: text,
  };
  return { ...said, texts: [text], text, item };
}

function standingOf({ status, isBlocked }: OwnReward) {
  if (isBlocked)
    return {
      status: 'in_review',
      word: 'fin.reward.review',
      reason_code: 'in_review',
      next_step: 'ask_a_teammate',
    } as const;
  switch (status) {
    // Who approves it is for the company alone.
    case 'due':
    case 'approved':
      return { status: 'due', word: 'fin.reward.due', reason_code: 'reward_due', next_step: 'wait' } as const;
    case 'issued':
      return { status, word: 'fin.reward.issued', reason_code: 'reward_sent', next_step: 'none' } as const;
    case 'failed':
      return {
        status,
        word: 'fin.reward.failed',
        reason_code: 'reward_failed',
        next_step: 'ask_a_teammate',
      } as const;
    case 'canceled':
      return {
        status,
        word: 'fin.reward.canceled',
        reason_code: 'reward_canceled',
        next_step: 'ask_a_teammate',
      } as const;
  }
}

export type OwnLink = { campaign: string; url: string; standing: CampaignStanding; referred: number };

/** Open ones first, each in the order given. */
export function linkAnswer(
  speaker: Speaker,
  links: readonly OwnLink[],
  program: ProgramFacts,
  now: Date,
): FinAnswer {
  const { say } = speaker;
  const shown = links
    .map(({ campaign, url, standing, referred }) => ({
      ...{ campaign: spokenText(campaign), link: url, referred },
      open: allows(standing, 'join', now),
    }))
    .toSorted((left, right) => Number(right.open) - Number(left.open));
  const [first] = shown;
  if (!first) return noLinkAnswer(speaker, program, now);
  const texts = shown
    .slice(0, maxListed)
    .map(({ campaign, link, open }) =>
      open ? say('fin.link', { campaign, link }) : say('fin.link.closed', { campaign }),
    );
  const said = first.open
    ? ({ reason_code: 'ok', next_step: 'share_link' } as const)
    : ({ reason_code: 'campaign_closed', next_step: 'ask_a_teammate' } as const);
  const fields = {
    link: first.open ? first.link : null,
    campaign: first.campaign,
    links: shown.slice(0, maxListed),
    total: shown.length,
  };
  return answered('my-link', { ...said, texts }, fields, now);
}

function noLinkAnswer({ say }: Speaker, program: ProgramFacts, now: Date): FinAnswer {
  const joinable = program.campaigns.find(({ slug }) => slug !== null);
  const link = joinable ? joinLinkOf(program, joinable) : null;
  const texts = [say('fin.link.none'), link === null ? null : say('fin.link.join', { link })];
  const next_step = link === null ? ('ask_a_teammate' as const) : ('join_program' as const);
  return answered('my-link', { reason_code: 'no_link', next_step, texts }, {}, now);
}

export function programAnswer(
  speaker: Speaker,
  program: ProgramFacts,
  verified: boolean,
  now: Date,
): FinAnswer {
  const { campaigns, total } = program;
  const isOpen = campaigns.length > 0;
  const base = {
    ...{ found: isOpen, verified, as_of: now.toISOString() },
    ...(isOpen
      ? { reason_code: 'ok' as const, next_step: 'join_program' as const }
      : { reason_code: 'no_campaign' as const, next_step: 'none' as const }),
  };
  return {
    ...asked('program', base, programTexts(speaker, program)),
    campaigns: campaigns.slice(0, maxListed).map((campaign) => ({
      name: spokenText(campaign.name),
      reward: labelOf(campaign.rewards.referrer),
      friend_reward: labelOf(campaign.rewards.friend),
      ends_on: campaign.endsOn,
      join_link: joinLinkOf(program, campaign),
    })),
    total,
  };
}

const labelOf = (terms: { label: string } | null) => (terms === null ? null : spokenText(terms.label));

const joinLinkOf = ({ publicUrl }: ProgramFacts, { slug }: PublicCampaign) =>
  slug === null ? null : `${publicUrl}/join/${slug}`;

/** Public: what anyone can read on the campaigns' own pages. */
function programTexts(speaker: Speaker, { campaigns, total }: ProgramFacts): string[] {
  const { say } = speaker;
  if (campaigns.length === 0) return [say('fin.program.none')];
  const shown = campaigns.slice(0, maxListed);
  const more = total - shown.length;
  return [
    ...shown.map((campaign) => sayCampaign(speaker, campaign)),
    ...(more > 0 ? [say('fin.program.more', { more })] : []),
  ];
}

function sayCampaign({ say, day }: Speaker, { name, rewards, endsOn }: PublicCampaign): string {
  const campaign = spokenText(name);
  const [reward, friend] = [labelOf(rewards.referrer), labelOf(rewards.friend)];
  // Noon of that day is the same day in any time zone that the date is shown in.
  const ends =
    endsOn === null ? '' : ` ${say('fin.program.ends', { date: day(new Date(`${endsOn}T12:00:00Z`)) })}`;
  if (reward !== null && friend !== null) return say('fin.program.both', { campaign, reward, friend }) + ends;
  if (reward !== null) return say('fin.program.referrer', { campaign, reward }) + ends;
  if (friend !== null) return say('fin.program.friend', { campaign, friend }) + ends;
  return say('fin.program.plain', { campaign }) + ends;
}

/** Of what Fin asked to be done. */
export function requestAnswer(
  name: FinPurpose,
  text: string,
  outcome: { done: boolean; reason_code: ReasonCode; next_step: NextStep; link?: string | null },
  now: Date,
): FinAnswer {
  const { done, reason_code, next_step, link = null } = outcome;
  return answered(name, { reason_code, next_step, texts: [text] }, { done, link }, now);
}
