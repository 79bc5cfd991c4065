// The card in the Inbox: what a teammate sees when a conversation opens, and what each button does.
import type { Action } from '../../../canvas/action.ts';
import type { InboxView, Notice } from '../../../canvas/view.ts';
import { type Contact, foldEmail, type Teammate } from '../../domain/contacts/contact.ts';
import { matchContact } from '../../domain/program/matching.ts';
import type { HistoryEntry } from '../../domain/program/program.ts';
import type { CardActions, Target } from './card-actions.ts';
import type { CardReader, StoredReferral } from './card-data.ts';
import type { CardReviews } from './card-reviews.ts';
import { alreadyAUser, type CardViews, type Found, shown } from './card-view.ts';
import type { ConversionUseCase } from './conversion.ts';
import type { Subject } from './conversion-views.ts';
import { asConverted, isConverting, notConverted } from './latest-conversion.ts';

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
  /** The latest of it, newest first. */
  historyOf(workspaceId: string, referralId: string): Promise<HistoryEntry[]>;
  people: {
    /** Stores that this contact is this person, with who said so; false when the person is gone. */
    link(
      workspaceId: string,
      personId: string,
      contactId: string,
      by: { teammate: string; at: Date },
    ): Promise<boolean>;
    /** Takes back a link that a teammate chose; false for any other, and when there is none. */
    unlink(
      workspaceId: string,
      personId: string,
      contactId: string,
      by: { teammate: string; at: Date },
    ): Promise<boolean>;
  };
  conversion: Pick<ConversionUseCase, 'preview' | 'confirmRoleChange' | 'confirmMerge' | 'unarchive'>;
  actions: CardActions;
  reviews: CardReviews;
  views: CardViews;
  installUrl: string;
  now(): Date;
};

export type Inbox = ReturnType<typeof createInbox>;

export function createInbox(deps: InboxDeps) {
  async function open(visit: Visit): Promise<InboxView> {
    const found = await find(visit);
    return 'screen' in found ? found : first(found);
  }

  const first = (found: Found) => deps.reviews.screen(found) ?? deps.views.home(found);

  async function press({ action, inputs, ...visit }: Press): Promise<InboxView> {
    const found = await find(visit);
    if ('screen' in found) return found;
    if (action === null)
      return deps.views.home(found, stale('That button was of an older card. This is the current one.'));
    switch (action.do) {
      case 'home':
        return deps.views.home(found);
      case 'refresh':
        return first(found);
      case 'answer-review':
        return answerReview(visit, found, action);
      case 'show-referral':
        return referralView(found, action.referralId);
      case 'show-referrer':
        return referrerView(found, action.referrerId);
      case 'show-campaigns': {
        const view = deps.views.home(found);
        return view.screen === 'card' ? { screen: 'campaigns', card: view.card } : view;
      }
      case 'choose-person':
        return choosePerson(visit, found, action.personId);
      case 'ask-unlink':
        return askUnlink(found, action.referralId);
      case 'confirm-unlink':
        return unlink(visit, found, action.referralId);
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
      teammate: teammate ?? { id: '', name: 'A teammate', email: '' },
      contact: current,
      channel,
      region: answer.installation.region,
      timeZone: answer.installation.timeZone,
      review: answer.review,
      converting: isConverting(answer.conversion, deps.now()),
      news: current.role === 'lead' ? notConverted(answer.conversion, deps.now()) : null,
      match,
      people: answer.people.filter((person) => ids.includes(person.id)),
    };
  }

  async function referralView(found: Found, referralId: string, notice?: Notice): Promise<InboxView> {
    const referral = referralOf(found, referralId)?.stored;
    if (!referral || found.match.outcome !== 'matched') return deps.views.home(found, notTheirs);
    const [history, actions] = await Promise.all([
      deps.historyOf(found.workspaceId, referral.id),
      deps.actions.offered(found.workspaceId, referral),
    ]);
    return {
      screen: 'referral',
      referral: deps.views.referral(found, referral),
      history,
      matchedBy: found.match.by,
      clock: deps.views.clock(found),
      actions,
      ...(found.match.by === 'link' && wasChosen(history, found.contact.id) ? { chosen: true } : {}),
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
    if (!referral) return deps.views.home(found, notTheirs);
    const { workspaceId, timeZone, teammate } = found;
    const shownReferral = deps.views.referral(found, referral.stored);
    const contact = shown(found.contact);
    const result = await act({ workspaceId, timeZone, teammate, contact, ...referral, shown: shownReferral });
    if ('screen' in result) return result;
    const now = await find(visit);
    return 'screen' in now ? now : referralView(now, referralId, result);
  }

  function referrerView(found: Found, referrerId: string): InboxView {
    const referrer = found.people.flatMap((person) => person.referrers).find((one) => one.id === referrerId);
    if (!referrer || found.match.outcome !== 'matched') return deps.views.home(found, notTheirs);
    return { screen: 'referrer', referrer: deps.views.referrer(referrer), clock: deps.views.clock(found) };
  }

  async function choosePerson(visit: Visit, found: Found, personId: string): Promise<InboxView> {
    const offered =
      found.match.outcome === 'several' && found.people.some((person) => person.id === personId);
    if (!offered) return deps.views.home(found, stale('This contact is matched already.'));
    const by = { teammate: found.teammate.name, at: deps.now() };
    const linked = await deps.people.link(found.workspaceId, personId, found.contact.id, by);
    if (!linked) return deps.views.home(found, stale('That person is no longer there. Choose again.'));
    return open(visit);
  }

  async function answerReview(visit: Visit, found: Found, given: { reviewId: string; answer: string }) {
    const notice = await deps.reviews.answer(found, given);
    const now = await find(visit);
    return 'screen' in now ? now : deps.views.home(now, notice);
  }

  function askUnlink(found: Found, referralId: string): InboxView {
    const person = found.people.find((one) => one.referrals.some((referral) => referral.id === referralId));
    if (!person) return deps.views.home(found, notTheirs);
    const { name, externalId } = person;
    const contact = shown(found.contact);
    return { screen: 'confirm-unlink', contact, person: { name, externalId }, referralId };
  }

  async function unlink(visit: Visit, found: Found, referralId: string): Promise<InboxView> {
    const referral = referralOf(found, referralId);
    if (!referral) return deps.views.home(found, notTheirs);
    const by = { teammate: found.teammate.name, at: deps.now() };
    const removed = await deps.people.unlink(found.workspaceId, referral.personId, found.contact.id, by);
    if (!removed)
      return deps.views.home(found, stale('No teammate chose this person, so nothing was changed.'));
    const now = await find(visit);
    return 'screen' in now
      ? now
      : deps.views.home(now, stale('Taken back: this contact is not that person.'));
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

  return { open, press };
}

const stale = (text: string): Notice => ({ tone: 'plain', text });
const notTheirs = stale('That referral is not of this contact. This is what there is now.');

/** `history` newest first: the latest word on whom the person is linked to, and that it was a teammate's. */
function wasChosen(history: readonly HistoryEntry[], contactId: string): boolean {
  const latest = history.find((entry) => entry.what === 'linked');
  return latest?.to === contactId && latest.actor.kind === 'teammate';
}
