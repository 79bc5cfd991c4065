// The card in the Inbox: what a teammate sees when a conversation opens, and what each button does.
import type { Action } from '../../canvas/action.ts';
import type {
  CardContact,
  HistoryEntry,
  InboxView,
  Notice,
  ReferralSummary,
  ReferrerSummary,
} from '../../canvas/view.ts';
import { type Contact, foldEmail, type Teammate } from '../domain/contact.ts';
import { type Match, matchContact } from '../domain/matching.ts';
import type { PlatformName } from '../domain/referral.ts';
import type { Region } from '../domain/region.ts';
import type { CardActions, Target } from './card-actions.ts';
import type { CardAnswer, CardReader, StoredPerson, StoredReferral, StoredReferrer } from './card-data.ts';
import type { ConversionUseCase, Subject } from './conversion.ts';

export type Visit = {
  workspaceId: string | null;
  teammate: Teammate | null;
  contact: Contact | null;
  channel: string | null;
};

export type Press = Visit & {
  /** Null for a button that no screen of this version has. */
  action: Action | null;
  inputs: Record<string, string>;
};

export type InboxDeps = {
  cards: CardReader;
  history: { of(workspaceId: string, referralId: string): Promise<HistoryEntry[]> };
  people: {
    /** Stores that this contact is this person, with who said so; false when the person is gone. */
    link(
      workspaceId: string,
      personId: string,
      contactId: string,
      by: { teammate: string; at: Date },
    ): Promise<boolean>;
  };
  conversion: Pick<ConversionUseCase, 'preview' | 'confirmRoleChange' | 'confirmMerge' | 'unarchive'>;
  actions: CardActions;
  /** The platform's name when what it cannot store is kept here. */
  platformName(platform: PlatformName): string;
  installUrl: string;
  /** The built-in programme's share link for a code. */
  shareLink(code: string): string;
  /** The page of a contact in Intercom. */
  contactUrl(region: Region, workspaceId: string, contactId: string): string;
  now(): Date;
};

export type Inbox = ReturnType<typeof createInbox>;

/** What is known once the card was read: everything that a screen is drawn from. */
type Found = {
  workspaceId: string;
  teammate: Teammate;
  contact: Contact;
  channel: string | null;
  region: Region;
  timeZone: string;
  converting: boolean;
  /** What became of a conversion that nobody may have waited for. */
  news: Notice | null;
  match: Match;
  /** Whom the match means: none, one, several to choose from, or several brought together by links. */
  people: StoredPerson[];
};

// A conversion that began longer ago is no longer worth waiting for; its job settles it.
const convertingForMs = 2 * 60_000;
// Whoever confirmed may have left before Intercom answered; the next day it is news to nobody.
const newsForMs = 10 * 60_000;

export function createInbox(deps: InboxDeps) {
  async function open(visit: Visit): Promise<InboxView> {
    const found = await find(visit);
    return 'screen' in found ? found : homeView(found);
  }

  async function press({ action, inputs, ...visit }: Press): Promise<InboxView> {
    const found = await find(visit);
    if ('screen' in found) return found;
    if (action === null)
      return homeView(found, stale('That button was of an older card. This is the current one.'));
    switch (action.do) {
      case 'home':
      case 'refresh':
        return homeView(found);
      case 'show-referral':
        return referralView(found, action.referralId);
      case 'show-referrer':
        return referrerView(found, action.referrerId);
      case 'show-campaigns': {
        const view = homeView(found);
        return view.screen === 'card' ? { screen: 'campaigns', card: view.card } : view;
      }
      case 'choose-person':
        return choosePerson(visit, found, action.personId);
      case 'start-conversion':
        return forLead(found, (subject) => deps.conversion.preview(subject));
      case 'preview-merge':
        return forLead(found, (subject) => deps.conversion.preview(subject, action.userId));
      case 'confirm-role-change':
        return forLead(found, (subject) => deps.conversion.confirmRoleChange(subject, action.nonce, inputs));
      case 'confirm-merge':
        return forLead(found, (subject) =>
          deps.conversion.confirmMerge(subject, action.nonce, action.userId, action.warned === 'yes'),
        );
      case 'unarchive':
        return forLead(found, (subject) => deps.conversion.unarchive(subject, action.userId));
      case 'ask-status':
        return onReferral(visit, found, action.referralId, (target) =>
          deps.actions.ask(target, action.change),
        );
      case 'confirm-status':
        return onReferral(visit, found, action.referralId, (target) =>
          deps.actions.confirm(target, action, inputs),
        );
    }
  }

  /** Reads the card; or the screen that says why there is none. */
  async function find({ workspaceId, teammate, contact, channel }: Visit): Promise<Found | InboxView> {
    if (workspaceId === null) return { screen: 'not-installed', installUrl: deps.installUrl };
    const answer = await deps.cards.read({
      workspaceId,
      contactId: contact?.id ?? '',
      externalId: contact?.externalId ?? null,
      email: foldEmail(contact?.email),
    });
    if (answer.installation?.status !== 'active')
      return { screen: 'not-installed', installUrl: deps.installUrl };
    if (contact === null) return { screen: 'no-contact' };
    const current = asConverted(contact, answer.conversion);
    const match = matchContact(current, answer.people);
    const ids = 'personIds' in match ? match.personIds : [];
    return {
      workspaceId,
      teammate: teammate ?? { id: '', name: 'A teammate' },
      contact: current,
      channel,
      region: answer.installation.region,
      timeZone: answer.installation.timeZone,
      converting: isConverting(answer.conversion, deps.now()),
      news: current.role === 'lead' ? notConverted(answer.conversion, deps.now()) : null,
      match,
      people: answer.people.filter((person) => ids.includes(person.id)),
    };
  }

  function homeView(found: Found, notice: Notice | null = found.news): InboxView {
    const contact = shown(found.contact);
    const clock = clockOf(found);
    const news = notice ? { notice } : {};
    if (found.converting) return { screen: 'converting', contact };
    switch (found.match.outcome) {
      case 'no-identity':
        return { screen: 'no-identity', contact, clock, ...news };
      case 'unknown':
        return { screen: 'unknown-person', contact, clock, ...news };
      case 'several':
        return { screen: 'several-matches', contact, people: found.people.map(toChoice), clock, ...news };
      case 'matched': {
        const referrals = found.people
          .flatMap((person) => person.referrals)
          .map((one) => toReferral(found, one));
        const referrers = found.people.flatMap((person) => person.referrers).map(toReferrer);
        if (referrals.length + referrers.length === 0)
          return { screen: 'unknown-person', contact, clock, ...news };
        return {
          screen: 'card',
          card: { contact, matchedBy: found.match.by, referrals, referrers, clock },
          ...news,
        };
      }
    }
  }

  async function referralView(found: Found, referralId: string, notice?: Notice): Promise<InboxView> {
    const referral = referralOf(found, referralId)?.stored;
    if (!referral || found.match.outcome !== 'matched') return homeView(found, notTheirs);
    const [history, actions] = await Promise.all([
      deps.history.of(found.workspaceId, referral.id),
      deps.actions.offered(found.workspaceId, referral),
    ]);
    return {
      screen: 'referral',
      referral: toReferral(found, referral),
      history,
      matchedBy: found.match.by,
      clock: clockOf(found),
      actions,
      ...(notice ? { notice } : {}),
    };
  }

  function referralOf(found: Found, referralId: string): { personId: string; stored: StoredReferral } | null {
    for (const person of found.people) {
      const stored = person.referrals.find((one) => one.id === referralId);
      if (stored) return { personId: person.id, stored };
    }
    return null;
  }

  /** What is to be said rather than shown is said above the referral as it is by then. */
  async function onReferral(
    visit: Visit,
    found: Found,
    referralId: string,
    act: (target: Target) => Promise<InboxView | Notice>,
  ): Promise<InboxView> {
    const referral = found.match.outcome === 'matched' ? referralOf(found, referralId) : null;
    if (!referral) return homeView(found, notTheirs);
    const { workspaceId, timeZone, teammate } = found;
    const shownReferral = toReferral(found, referral.stored);
    const contact = shown(found.contact);
    const result = await act({ workspaceId, timeZone, teammate, contact, ...referral, shown: shownReferral });
    if ('screen' in result) return result;
    const now = await find(visit);
    return 'screen' in now ? now : referralView(now, referralId, result);
  }

  function referrerView(found: Found, referrerId: string): InboxView {
    const referrer = found.people.flatMap((person) => person.referrers).find((one) => one.id === referrerId);
    if (!referrer || found.match.outcome !== 'matched') return homeView(found, notTheirs);
    return { screen: 'referrer', referrer: toReferrer(referrer), clock: clockOf(found) };
  }

  async function choosePerson(visit: Visit, found: Found, personId: string): Promise<InboxView> {
    const offered =
      found.match.outcome === 'several' && found.people.some((person) => person.id === personId);
    if (!offered) return homeView(found, stale('This contact is matched already.'));
    const by = { teammate: found.teammate.name, at: deps.now() };
    const linked = await deps.people.link(found.workspaceId, personId, found.contact.id, by);
    if (!linked) return homeView(found, stale('That person is no longer there. Choose again.'));
    return open(visit);
  }

  async function forLead(
    found: Found,
    convert: (subject: Subject) => Promise<InboxView>,
  ): Promise<InboxView> {
    if (found.contact.role !== 'lead') return alreadyAUser(found);
    return convert({
      workspaceId: found.workspaceId,
      timeZone: found.timeZone,
      teammate: found.teammate,
      contact: found.contact,
      channel: found.channel,
      personIds: found.match.outcome === 'matched' ? found.people.map((person) => person.id) : [],
      referrals:
        found.match.outcome === 'matched' ? found.people.flatMap((person) => person.referrals).length : 0,
    });
  }

  /** A second press after the conversion finds it done; it is no error and no second conversion. */
  function alreadyAUser(found: Found): InboxView {
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

  function toReferral(found: Found, one: StoredReferral): ReferralSummary {
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

  function toReferrer(one: StoredReferrer): ReferrerSummary {
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
  function clockOf(found: Found) {
    const copies = found.people.flatMap((person) => person.referrals).flatMap((one) => one.copiedAt ?? []);
    const asOf = new Date(Math.min(deps.now().getTime(), ...copies.map((at) => at.getTime())));
    return { timeZone: found.timeZone, asOf };
  }

  return { open, press };
}

const stale = (text: string): Notice => ({ tone: 'plain', text });
const notTheirs = stale('That referral is not of this contact. This is what there is now.');

/** Intercom may still send the contact as it was before its conversion; ours is never undone, so it is believed. */
function asConverted(contact: Contact, conversion: CardAnswer['conversion']): Contact {
  if (contact.role !== 'lead' || conversion?.state !== 'done') return contact;
  return { ...contact, id: conversion.intoContactId ?? contact.id, role: 'user' };
}

function isConverting(conversion: CardAnswer['conversion'], now: Date): boolean {
  return conversion?.state === 'started' && now.getTime() - conversion.startedAt.getTime() < convertingForMs;
}

function notConverted(conversion: CardAnswer['conversion'], now: Date): Notice | null {
  if (conversion === null || conversion.finishedAt === null) return null;
  if (now.getTime() - conversion.finishedAt.getTime() > newsForMs) return null;
  const why = conversion.error ?? 'no reason was given';
  if (conversion.state === 'failed') return { tone: 'problem', text: `The conversion was not done: ${why}` };
  if (conversion.state === 'unsure')
    return { tone: 'problem', text: `It is being found out whether the conversion was done: ${why}` };
  return null;
}

function shown(contact: Contact): CardContact {
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
