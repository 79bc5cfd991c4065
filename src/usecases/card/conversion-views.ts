// What a teammate is shown of a conversion: what would happen, read afresh, and what came of it.
import type { CardContact, InboxView, MergeSide, Notice } from '../../../canvas/view.ts';
import {
  type ContactRecord,
  mergeOutcome,
  movedAlong,
  type RoleChange,
  shareIdentifier,
  unmergeableChannel,
} from '../../domain/card/conversion.ts';
import { type Contact, foldEmail, type Teammate } from '../../domain/contacts/contact.ts';
import { type Conversion, type Intercom, survivorOf } from './conversion-edges.ts';
import type { Answered } from './conversion-writing.ts';

/** Who is to be converted, as the Inbox tells it, with what the referral side knows of them. */
export type Subject = {
  workspaceId: string;
  timeZone: string;
  teammate: Teammate;
  contact: Contact;
  /** The conversation's; some channels' leads cannot be merged. */
  channel: string | null;
  personIds: string[];
  referrals: number;
};

export type ConversionViews = ReturnType<typeof createConversionViews>;

export function createConversionViews(deps: {
  contactUrl(workspaceId: string, contactId: string): Promise<string | null>;
  now(): Date;
  newId(): string;
}) {
  /** What would happen, read afresh. `intoUserId` when the teammate, or a conflict, named the user to merge into. */
  async function preview(
    intercom: Intercom,
    subject: Subject,
    intoUserId?: string,
    notice?: Notice,
  ): Promise<InboxView> {
    const read = await intercom.contact(subject.contact.id);
    if (read.outcome === 'merged' && read.into !== null) return alreadyAUser(subject, read.into);
    if (read.outcome !== 'found') return cannot(subject, { because: 'gone' });
    const lead = read.contact;
    if (lead.role === 'user') return alreadyAUser(subject, lead.id);

    const users = await usersFor(intercom, lead, intoUserId);
    const [user] = users;
    if (!user) return roleChange(subject, lead, notice);
    const channel = unmergeableChannel(lead, subject.channel);
    if (channel) return cannot(subject, { because: 'external-channel', channel });
    const news = notice ? { notice } : {};
    if (users.length > 1) {
      return {
        screen: 'choose-user',
        lead: side(lead),
        users: users.map(side),
        clock: clock(subject),
        ...news,
      };
    }
    return {
      screen: 'preview-merge',
      lead: side(lead),
      user: side(user),
      fields: mergeOutcome(lead, user),
      moves: movedAlong(lead, subject.referrals),
      nonce: deps.newId(),
      sharesIdentifier: shareIdentifier(lead, user),
      clock: clock(subject),
      ...news,
    };
  }

  async function usersFor(
    intercom: Intercom,
    lead: ContactRecord,
    intoUserId?: string,
  ): Promise<ContactRecord[]> {
    if (intoUserId !== undefined) {
      const chosen = await intercom.contact(intoUserId);
      return chosen.outcome === 'found' && chosen.contact.role === 'user' ? [chosen.contact] : [];
    }
    const email = foldEmail(lead.email);
    if (email === null) return [];
    const found = await intercom.usersByEmail(email);
    return found.filter((one) => one.id !== lead.id && one.role === 'user' && foldEmail(one.email) === email);
  }

  function roleChange(
    subject: Subject,
    lead: Pick<Contact, 'id' | 'name' | 'email'>,
    notice?: Notice,
    tried?: RoleChange,
  ): InboxView {
    const email = {
      asked: foldEmail(lead.email) === null,
      value: tried?.email.value ?? '',
      problem: tried?.email.problem ?? null,
    };
    const externalId = { value: tried?.externalId.value ?? '', problem: tried?.externalId.problem ?? null };
    return {
      screen: 'preview-role-change',
      contact: { id: lead.id, role: 'lead', name: lead.name, email: lead.email },
      form: { email, externalId },
      nonce: deps.newId(),
      referrals: subject.referrals,
      ...(notice ? { notice } : {}),
    };
  }

  async function alreadyAUser(subject: Subject, survivor: string): Promise<InboxView> {
    return {
      screen: 'converted',
      contact: { ...shown(subject), id: survivor, role: 'user' },
      how: 'already-a-user',
      externalId: null,
      carried: { referrals: subject.referrals, referrers: 0 },
      contactUrl:
        survivor === subject.contact.id ? null : await deps.contactUrl(subject.workspaceId, survivor),
    };
  }

  async function outcome(intercom: Intercom, subject: Subject, result: Answered): Promise<InboxView> {
    switch (result.outcome) {
      case 'done':
        return result.ours
          ? converted(subject, result.conversion)
          : alreadyAUser(subject, survivorOf(result.conversion));
      case 'gone':
        return cannot(subject, { because: 'gone' });
      case 'refused':
        return cannot(subject, { because: 'refused', message: result.message });
      case 'conflict':
        return conflict(intercom, subject, result);
      case 'changed': {
        const text = `${result.message} Nothing was changed.`;
        return preview(intercom, subject, result.intoUserId ?? undefined, { tone: 'problem', text });
      }
    }
  }

  async function conflict(
    intercom: Intercom,
    subject: Subject,
    conflict: Extract<Answered, { outcome: 'conflict' }>,
  ): Promise<InboxView> {
    if (conflict.withId === null) return cannot(subject, { because: 'refused', message: conflict.message });
    if (conflict.archived) {
      const archived = await intercom.contact(conflict.withId);
      const user =
        archived.outcome === 'found' ? archived.contact : { id: conflict.withId, name: null, email: null };
      return {
        screen: 'archived-match',
        user: { id: user.id, name: user.name, email: user.email },
        email: subject.contact.email,
      };
    }
    const text = 'A user with these details already exists. Nothing was changed: compare both, then merge.';
    return preview(intercom, subject, conflict.withId, { tone: 'problem', text });
  }

  async function converted(subject: Subject, conversion: Conversion): Promise<InboxView> {
    const survivor = survivorOf(conversion);
    const merged = survivor !== conversion.contactId;
    return {
      screen: 'converted',
      contact: {
        ...shown(subject),
        id: survivor,
        role: 'user',
        email: subject.contact.email ?? conversion.given.email,
      },
      how: merged ? 'merge' : 'role-change',
      externalId: conversion.given.externalId,
      carried: conversion.carried ?? { referrals: 0, referrers: 0 },
      contactUrl: merged ? await deps.contactUrl(conversion.workspaceId, survivor) : null,
    };
  }

  const clock = (subject: Subject) => ({ timeZone: subject.timeZone, asOf: deps.now() });

  return { preview, roleChange, converted, outcome };
}

function cannot(
  subject: Subject,
  reason: Extract<InboxView, { screen: 'cannot-convert' }>['reason'],
): InboxView {
  return { screen: 'cannot-convert', contact: shown(subject), reason };
}

export function shown({ contact }: Subject): CardContact {
  return { id: contact.id, role: contact.role, name: contact.name, email: contact.email };
}

function side(contact: ContactRecord): MergeSide {
  return {
    id: contact.id,
    name: contact.name,
    email: contact.email,
    externalId: contact.externalId,
    createdAt: contact.createdAt,
  };
}
