// "Why no credit?": what is known of a person's joins, codes, match and rules, and what would have to be so.
import { day } from '../day.ts';
import { capital, counted } from '../words.ts';
import type { MatchedBy } from './contact-match.ts';
import type { ReferralStatus } from './referral.ts';
import { type UncountedReason, uncountedWords } from './uncounted-join.ts';

type Named = { name: string | null; email: string | null };

export type Clicks = {
  total: number;
  /** The latest days with clicks, newest first, as `2026-11-22` in the workspace's time zone. */
  days: { day: string; clicks: number }[];
};

/** A code that a person used; `referrer` is null when no referrer has it. */
export type UsedCode = { code: string; referrer: Named | null; clicks: Clicks | null };

export type UncountedUse = UsedCode & {
  campaign: string | null;
  why: UncountedReason;
  times: number;
  at: Date;
};

export type RuleLook = {
  name: string;
  effect: 'qualifies' | 'disqualifies';
  /** Null when it has not looked at this referral yet. */
  last: {
    outcome: 'met' | 'not-met' | 'holding' | 'stopped' | 'blocked';
    at: Date;
    reasons: { wanted: string; seen: string; met: boolean }[];
  } | null;
};

export type CaseReferral = {
  campaign: string;
  status: ReferralStatus;
  statusAt: Date;
  joinedAt: Date;
  statusReason: string | null;
  /** What keeps it from qualifying, in words. */
  blocked: string | null;
  /** Of a pending one that nothing blocks: what it still needs, in words. */
  needs: string | null;
  /** The code that counted; null without a referrer. */
  code: UsedCode | null;
  rules: RuleLook[];
};

export type CaseFacts = {
  /** An email, else an external ID or a name. */
  who: string;
  referral: CaseReferral | null;
  /** Campaigns in which the person refers others. */
  refersIn: { campaign: string; joinedAt: Date }[];
  uncounted: UncountedUse[];
  match: {
    by: MatchedBy | null;
    email: string | null;
    externalId: string | null;
    /** People with another address of the same mailbox. */
    similar: { email: string; campaigns: string[] }[];
  };
};

export type CreditCase = CaseFacts & {
  verdict: string;
  /** What would have to be so, most important first. */
  needs: string[];
};

export function creditCaseOf(facts: CaseFacts, timeZone: string): CreditCase {
  return { ...facts, verdict: verdictOf(facts, timeZone), needs: needsOf(facts, timeZone) };
}

const statusVerbs: Record<ReferralStatus, string> = {
  pending: 'is still pending',
  qualified: 'is qualified',
  disqualified: 'was disqualified',
  expired: 'expired',
};

function verdictOf({ who, referral, refersIn, uncounted }: CaseFacts, timeZone: string): string {
  if (referral) {
    const { campaign, status, statusAt, joinedAt, statusReason, blocked } = referral;
    const verb = `The referral in ${campaign} ${statusVerbs[status]}`;
    if (status === 'pending') {
      return blocked === null
        ? `${verb}. Joined ${day(joinedAt, timeZone)}.`
        : `${verb}, and cannot qualify. ${blocked}.`;
    }
    return `${verb} on ${day(statusAt, timeZone)}${statusReason === null ? '.' : `: ${statusReason}`}`;
  }
  const times = uncounted.reduce((sum, each) => sum + each.times, 0);
  if (times > 0)
    return `${who} tried to join ${times === 1 ? 'once' : counted(times, 'time', 'times')}, and it did not count.`;
  const [joined] = refersIn;
  if (joined)
    return `${who} joined ${joined.campaign} on ${day(joined.joinedAt, timeZone)} without a friend’s code, so there is no referrer to credit.`;
  return `We have no click, no join and no code for ${who}.`;
}

function needsOf(facts: CaseFacts, timeZone: string): string[] {
  const { referral } = facts;
  return referral ? needsOfReferral(referral) : needsOfStranger(facts, timeZone);
}

function needsOfReferral({ status, blocked, needs, code }: CaseReferral): string[] {
  const first =
    status === 'pending'
      ? (needs ?? 'What blocks it has to be resolved: unlink the wrong record, or decide its review.')
      : 'A teammate has to set it back to pending (“Back to pending”). Then rules and teammates can qualify it again.';
  return [
    ...(status === 'pending' && blocked === null && needs === null ? [] : [first]),
    code === null
      ? 'It has no referrer, so only the friend can get a reward.'
      : `The first referrer keeps the credit: ${refererWords(code)}. A later code changes nothing.`,
  ];
}

function needsOfStranger({ uncounted, match, refersIn }: CaseFacts, timeZone: string): string[] {
  const [latest] = uncounted;
  return [
    ...match.similar.map(
      ({ email, campaigns }) =>
        `If ${email}${campaigns.length > 0 ? `, in ${campaigns.join(', ')},` : ''} is the same person, save that email on this contact.`,
    ),
    ...(latest ? [needOfUncounted(latest, timeZone)] : []),
    refersIn.length > 0
      ? 'The person has to join with a referrer’s share link or code.'
      : 'The person has to join with a referrer’s share link, by this email or external ID.',
    'Or a teammate adds the referral by hand (“Add as referral”).',
  ];
}

function needOfUncounted({ why, campaign, code, referrer, at }: UncountedUse, timeZone: string): string {
  const name = campaign ?? 'the campaign';
  switch (why) {
    case 'later_code':
      return `Another referrer had the credit in ${name} already; the first one keeps it.`;
    case 'own_code':
      return 'The code must belong to another person. Self-referrals do not count.';
    case 'closed':
      return `${capital(name)} must be open. It was closed on ${day(at, timeZone)}.`;
    case 'unknown_code':
      return `The code has to be a referrer’s: no referrer has “${code}”. Ask the person for the whole link.`;
    case 'other_campaign':
      return `The code of ${nameOf(referrer)} has to be used in its own campaign, not in ${name}.`;
  }
}

export function refererWords({ code, referrer }: Pick<UsedCode, 'code' | 'referrer'>): string {
  return `${nameOf(referrer)}, code ${code}`;
}

/** "did not count: no referrer has this code" */
export const uncountedLine = ({ why }: Pick<UncountedUse, 'why'>) => `did not count: ${uncountedWords[why]}`;

/** An erased person has neither name nor email. */
export function nameOf(referrer: Named | null): string {
  if (referrer === null) return 'an unknown referrer';
  return referrer.name ?? referrer.email ?? 'an erased referrer';
}

const number = new Intl.NumberFormat('en-US');

/** "12 clicks: Nov 22, 2026 (3), Nov 20, 2026 (2) and earlier" */
export function clickWords({ total, days }: Clicks): string {
  const clicks = counted(total, 'click', 'clicks');
  const [latest] = days;
  if (latest === undefined) return clicks;
  const shown = days.map(
    (each) => `${day(new Date(`${each.day}T00:00:00Z`), 'UTC')} (${number.format(each.clicks)})`,
  );
  return `${clicks}: ${shown.join(', ')}${total > days.reduce((sum, each) => sum + each.clicks, 0) ? ' and earlier' : ''}`;
}
