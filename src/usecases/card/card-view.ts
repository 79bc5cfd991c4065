// From what is stored of a contact to what the card says: its first screen, referrals, referrers, and how old they are.
import type {
  AskedReview,
  CardContact,
  Clock,
  InboxView,
  Notice,
  ReferralSummary,
  ReferrerSummary,
} from '../../../canvas/view.ts';
import type { Contact, Teammate } from '../../domain/contacts/contact.ts';
import type { Match } from '../../domain/program/matching.ts';
import type { PlatformName } from '../../domain/program/referral.ts';
import type { Region } from '../../domain/region.ts';
import type { StoredPerson, StoredReferral, StoredReferrer } from './card-data.ts';

/** What is known once the card was read: everything that a screen is drawn from. */
export type Found = {
  workspaceId: string;
  teammate: Teammate;
  contact: Contact;
  channel: string | null;
  region: Region;
  timeZone: string;
  converting: boolean;
  /** Whether this contact is who joined: asked before anything else is shown. */
  review: AskedReview | null;
  /** What became of a conversion that nobody may have waited for. */
  news: Notice | null;
  match: Match;
  /** Whom the match means: none, one, several to choose from, or several brought together by links. */
  people: StoredPerson[];
};

export type CardViews = ReturnType<typeof createCardViews>;

export function createCardViews(deps: {
  /** The platform's name when what it cannot store is kept here. */
  platformName(platform: PlatformName): string;
  /** The built-in program's share link for a code. */
  shareLink(code: string): string;
  /** The page of a contact in Intercom. */
  contactUrl(region: Region, workspaceId: string, contactId: string): string;
  /** Where the console opens for this teammate, once. */
  settingsUrl(workspaceId: string, teammate: Teammate): string;
  now(): Date;
}) {
  function referral(found: Found, one: StoredReferral): ReferralSummary {
    const contactId = one.referrer?.contactId;
    return {
      id: one.id,
      campaign: one.campaign,
      status: one.status,
      statusAt: one.statusAt,
      reason: one.status === 'pending' ? (one.explanation ?? one.statusReason) : one.statusReason,
      joinedAt: one.joinedAt,
      reward: { status: one.rewardStatus, label: one.reward },
      source: one.source,
      referrer: one.referrer && {
        name: one.referrer.name ?? one.referrer.email ?? 'Somebody without a name',
        contactUrl: contactId ? deps.contactUrl(found.region, found.workspaceId, contactId) : null,
      },
      platformUrl: one.platformUrl,
      keptHereNot: one.keptHere ? deps.platformName(one.platform) : null,
    };
  }

  function referrer(one: StoredReferrer): ReferrerSummary {
    return {
      id: one.id,
      campaign: one.campaign,
      link: one.link ?? deps.shareLink(one.code),
      joinedAt: one.joinedAt,
      counts: { referred: one.referred, pending: one.pending, qualified: one.qualified },
      latest: one.latest.map(({ name, email, status, joinedAt }) => ({
        name: name ?? email ?? 'Somebody without a name',
        status,
        joinedAt,
      })),
      platformUrl: one.platformUrl,
    };
  }

  /** What the built-in platform says is of now; a copy of an outside one is as old as its oldest part. */
  function clock(found: Found): Clock {
    const copies = found.people.flatMap((person) => person.referrals).flatMap((one) => one.copiedAt ?? []);
    const asOf = new Date(Math.min(deps.now().getTime(), ...copies.map((at) => at.getTime())));
    return { timeZone: found.timeZone, asOf };
  }

  function settings({ workspaceId, teammate }: Found): { settingsUrl?: string } {
    return teammate.id === '' ? {} : { settingsUrl: deps.settingsUrl(workspaceId, teammate) };
  }

  /** The first screen. `notice` is said above it; without one, the news. */
  function home(found: Found, notice: Notice | null = found.news): InboxView {
    const contact = shown(found.contact);
    const asOf = clock(found);
    const news = { ...(notice ? { notice } : {}), ...settings(found) };
    if (found.converting) return { screen: 'converting', contact };
    switch (found.match.outcome) {
      case 'no-identity':
        return { screen: 'no-identity', contact, clock: asOf, ...news };
      case 'unknown':
        return { screen: 'unknown-person', contact, clock: asOf, ...news };
      case 'several':
        return {
          screen: 'several-matches',
          contact,
          people: found.people.map(toChoice),
          clock: asOf,
          ...news,
        };
      case 'matched': {
        const referrals = found.people
          .flatMap((person) => person.referrals)
          .map((one) => referral(found, one));
        const referrers = found.people.flatMap((person) => person.referrers).map(referrer);
        if (referrals.length + referrers.length === 0)
          return { screen: 'unknown-person', contact, clock: asOf, ...news };
        return {
          screen: 'card',
          card: { contact, matchedBy: found.match.by, referrals, referrers, clock: asOf, ...settings(found) },
          ...(notice ? { notice } : {}),
        };
      }
    }
  }

  return { home, referral, referrer, clock };
}

/** A second press after the conversion finds it done; it is no error and no second conversion. */
export function alreadyAUser(found: Found): InboxView {
  if (found.contact.role === 'other') {
    return { screen: 'cannot-convert', contact: shown(found.contact), reason: { because: 'not-a-lead' } };
  }
  return {
    screen: 'converted',
    contact: shown(found.contact),
    how: 'already-a-user',
    externalId: found.contact.externalId,
    carried: {
      referrals: found.people.flatMap((person) => person.referrals).length,
      referrers: found.people.flatMap((person) => person.referrers).length,
    },
    contactUrl: null,
  };
}

export function shown(contact: Contact): CardContact {
  return { id: contact.id, role: contact.role, name: contact.name, email: contact.email };
}

function toChoice(person: StoredPerson) {
  return {
    id: person.id,
    name: person.name,
    externalId: person.externalId,
    campaigns: [...new Set([...person.referrals, ...person.referrers].map((one) => one.campaign))],
  };
}
