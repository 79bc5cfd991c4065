// From stored data to the card: first screen, referrals, referrers, and the data's age.
import type {
  CardContact,
  Clock,
  InboxView,
  Notice,
  ReferralSummary,
  ReferrerSummary,
} from '../../../canvas/view.ts';
import type { Context } from '../../context.ts';
import { allows, campaignState } from '../../domain/campaigns/campaign-state.ts';
import type { Contact } from '../../domain/contacts/contact.ts';
import { isOutside, platforms } from '../../domain/platforms/platform.ts';
import { knownFacts, type Outlook, outlookOf } from '../../domain/qualification/outlook.ts';
import type { StoredPerson, StoredReferral, StoredReferrer } from '../../store/card/cards.ts';
import { shareLinkOf } from '../program/share-links.ts';
import { consoleLink } from '../workspace/sign-in.ts';
import type { Found } from './visit.ts';

export const notOfContact: Notice = {
  tone: 'plain',
  text: 'That referral does not belong to this contact. This is the current card.',
};

/** With the given notice, or else the news of a conversion. */
export function homeView(ctx: Context, found: Found, notice: Notice | null = found.news): InboxView {
  const contact = shown(found.contact);
  const clock = cardClock(ctx, found);
  const more = { ...(notice ? { notice } : {}), ...settings(ctx, found) };
  if (found.isConverting) return { screen: 'converting', contact };
  switch (found.match.outcome) {
    case 'no-identity':
      return { screen: 'no-identity', contact, clock, ...more };
    case 'unknown':
      return { screen: 'unknown-person', contact, clock, ...more };
    case 'several':
      return { screen: 'several-matches', contact, people: found.people.map(toChoice), clock, ...more };
    case 'matched': {
      const referrals = found.people
        .flatMap((person) => person.referrals)
        .map((referral) => referralSummary(ctx, found, referral));
      const referrers = found.people
        .flatMap((person) => person.referrers)
        .map((referrer) => referrerSummary(ctx, found, referrer));
      if (referrals.length + referrers.length === 0)
        return { screen: 'unknown-person', contact, clock, ...more };
      return {
        screen: 'card',
        card: { contact, matchedBy: found.match.by, referrals, referrers, clock, ...settings(ctx, found) },
        ...(notice ? { notice } : {}),
      };
    }
  }
}

export function referralSummary(ctx: Context, found: Found, referral: StoredReferral): ReferralSummary {
  const { referrer } = referral;
  return {
    id: referral.id,
    campaign: referral.campaign,
    campaignState: stateOf(ctx, found, referral),
    status: referral.status,
    statusAt: referral.statusAt,
    reason: reasonOf(referral),
    blocked: referral.blocked?.code ?? null,
    outlook: referral.blocked ? null : outlookFor(ctx, found, referral),
    hints: referral.hints,
    joinedAt: referral.joinedAt,
    rewards: referral.rewards,
    source: referral.source,
    referrer: referrer && {
      name: referrer.name ?? referrer.email ?? unnamed,
      contactUrl: referrer.contactId
        ? ctx.hosts.contact(found.region, found.workspaceId, referrer.contactId)
        : null,
    },
    platformUrl: referral.platformUrl,
    unsupportedBy: referral.localOnly ? platforms[referral.platform].name : null,
  };
}

/** Null unless it is pending. */
function outlookFor(ctx: Context, found: Found, referral: StoredReferral): Outlook | null {
  const { pending, platform, explanation } = referral;
  if (pending === null) return null;
  const now = ctx.now();
  const { snapshot, ...more } = pending;
  // In an archived campaign, rules decide nothing.
  const decides = allows({ ...referral.standing, timeZone: found.timeZone }, 'decide', now);
  const rest = { ...more, rules: decides ? more.rules : [] };
  const known = knownFacts(rest.rules, snapshot, found.facts(), now);
  const otherwise = isOutside(platform)
    ? `${platforms[platform].name} or a teammate qualifies it`
    : 'a teammate qualifies it under More, or your own system does';
  return outlookOf({ ...rest, ...known, explanation, otherwise }, now, found.timeZone);
}

function reasonOf({ status, blocked, explanation, statusReason }: StoredReferral): string | null {
  if (blocked) return blocked.reason;
  return status === 'pending' ? (explanation ?? statusReason) : statusReason;
}

const stateOf = (ctx: Context, { timeZone }: Found, { standing }: Pick<StoredReferral, 'standing'>) =>
  campaignState({ ...standing, timeZone }, ctx.now());

export function referrerSummary(ctx: Context, found: Found, referrer: StoredReferrer): ReferrerSummary {
  return {
    id: referrer.id,
    campaign: referrer.campaign,
    campaignState: stateOf(ctx, found, referrer),
    link: shareLinkOf(ctx, referrer),
    joinedAt: referrer.joinedAt,
    referrals: referrer.referrals,
    rewards: referrer.rewards,
    latest: referrer.latest.map(({ name, email, status, joinedAt }) => ({
      name: name ?? email ?? unnamed,
      status,
      joinedAt,
    })),
    platformUrl: referrer.platformUrl,
  };
}

/** Built-in data is current; a card with copies is as old as the oldest copy. */
export function cardClock(ctx: Context, { people, timeZone }: Found): Clock {
  const copied = people.flatMap((person) => person.referrals).flatMap(({ copiedAt }) => copiedAt ?? []);
  const asOf = new Date(Math.min(ctx.now().getTime(), ...copied.map((at) => at.getTime())));
  return { timeZone, asOf };
}

function settings(ctx: Context, { workspaceId, teammate }: Found): { settingsUrl?: string } {
  return teammate.id === '' ? {} : { settingsUrl: consoleLink(ctx, workspaceId, teammate) };
}

/** For a second press after the conversion. */
export function alreadyAUser({ contact, people }: Found): InboxView {
  if (contact.role === 'other') {
    return { screen: 'cannot-convert', contact: shown(contact), reason: { because: 'not-a-lead' } };
  }
  return {
    screen: 'converted',
    contact: shown(contact),
    how: 'already-a-user',
    externalId: contact.externalId,
    kept: [],
    carried: {
      referrals: people.flatMap((person) => person.referrals).length,
      referrers: people.flatMap((person) => person.referrers).length,
    },
    contactUrl: null,
  };
}

export function shown({ id, role, name, email }: Contact): CardContact {
  return { id, role, name, email };
}

const unnamed = 'No name';

function toChoice(person: StoredPerson) {
  const campaigns = [...person.referrals, ...person.referrers].map(({ campaign }) => campaign);
  return {
    id: person.id,
    name: person.name,
    externalId: person.externalId,
    campaigns: [...new Set(campaigns)],
  };
}
