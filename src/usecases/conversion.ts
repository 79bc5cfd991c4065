// Converting a lead to a user: preview, confirm, settle. Nothing is written before the teammate has seen what will happen.
import type { CardContact, InboxView, MergeSide, Notice } from '../../canvas/view.ts';
import { type Contact, foldEmail, type Teammate } from '../domain/contact.ts';
import {
  type ContactRecord,
  mergeOutcome,
  movedAlong,
  type RoleChange,
  readRoleChange,
  shareIdentifier,
  unmergeableChannel,
} from '../domain/conversion.ts';
import type { Run, RunResult, Work } from '../domain/run.ts';
import { Failure } from '../failure.ts';
import type { Conversion, ConversionStore, Intercom } from './conversion-edges.ts';
import type { Answered, ConversionWriter } from './conversion-writing.ts';

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

type Log = { info(fields: object, message: string): void; warn(fields: object, message: string): void };

export type ConversionDeps = {
  /** Null when the workspace has no usable token. */
  intercomFor(workspaceId: string): Promise<Intercom | null>;
  conversions: ConversionStore;
  writer: ConversionWriter;
  contactUrl(workspaceId: string, contactId: string): Promise<string | null>;
  installUrl: string;
  now(): Date;
  newId(): string;
  log: Log;
  /** How long a press waits for Intercom before the card says that the work goes on. */
  patienceMs: number;
  /** When a job looks after a confirm whose process may have died. */
  settleAfterSeconds: number;
};

export type ConversionUseCase = ReturnType<typeof createConversion>;

const giveUpAfterMs = 10 * 60_000;

export function createConversion(deps: ConversionDeps) {
  /** This process's conversions under way: a second press waits for the first, and a shutdown for all. */
  const inHand = new Map<string, Promise<InboxView>>();

  /** What would happen, read afresh. `intoUserId` when the teammate, or a conflict, named the user to merge into. */
  function preview(subject: Subject, intoUserId?: string): Promise<InboxView> {
    return within(
      asking(subject, (intercom) => previewWith(intercom, subject, intoUserId)),
      unavailable('unavailable'),
    );
  }

  async function asking(
    subject: Subject,
    work: (intercom: Intercom) => Promise<InboxView>,
  ): Promise<InboxView> {
    try {
      const intercom = await deps.intercomFor(subject.workspaceId);
      return intercom ? await work(intercom) : unavailable('unauthorised');
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      deps.log.warn({ err: error, workspaceId: subject.workspaceId }, 'Intercom could not be asked');
      return unavailable(error.code);
    }
  }

  function unavailable(code: Failure['code']): InboxView {
    const retry = { do: 'start-conversion' } as const;
    if (code === 'unauthorised') {
      return { screen: 'unavailable', what: 'intercom-token', retry, installUrl: deps.installUrl };
    }
    return { screen: 'unavailable', what: code === 'rate-limited' ? 'intercom-busy' : 'intercom', retry };
  }

  async function previewWith(
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
    if (!user) return roleChangeView(subject, lead, notice);
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

  function roleChangeView(
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

  async function confirmRoleChange(
    subject: Subject,
    nonce: string,
    inputs: Record<string, string>,
  ): Promise<InboxView> {
    const read = readRoleChange(inputs, foldEmail(subject.contact.email) === null);
    if (!read.valid) return roleChangeView(subject, subject.contact, undefined, read.tried);
    return confirm(subject, { kind: 'role-change', nonce, intoContactId: null, given: read.given });
  }

  /** `warned`: the preview said that the two share nothing. */
  function confirmMerge(
    subject: Subject,
    nonce: string,
    userId: string,
    warned: boolean,
  ): Promise<InboxView> {
    return confirm(subject, {
      kind: 'merge',
      nonce,
      intoContactId: userId,
      given: { email: null, externalId: null, ...(warned ? { strangers: true } : {}) },
    });
  }

  async function confirm(
    subject: Subject,
    wanted: Pick<Conversion, 'kind' | 'nonce' | 'intoContactId' | 'given'>,
  ): Promise<InboxView> {
    const begun = await deps.conversions.begin(
      {
        ...wanted,
        id: deps.newId(),
        workspaceId: subject.workspaceId,
        contactId: subject.contact.id,
        personIds: subject.personIds,
        teammateId: subject.teammate.id,
        teammateName: subject.teammate.name,
      },
      deps.now(),
      deps.settleAfterSeconds,
    );
    const converting: InboxView = { screen: 'converting', contact: shown(subject) };
    const { conversion } = begun;
    if (begun.outcome !== 'begun') {
      return within(inHand.get(conversion.id) ?? outcomeOf(subject, conversion), converting);
    }
    const work = carryOut(subject, conversion).finally(() => inHand.delete(conversion.id));
    inHand.set(conversion.id, work);
    return within(work, converting);
  }

  async function carryOut(subject: Subject, conversion: Conversion): Promise<InboxView> {
    const view = await asking(subject, async (intercom) => {
      const result = await deps.writer.carryOut(intercom, conversion, false);
      if (result.outcome !== 'unanswered') return show(intercom, subject, result);
      await deps.conversions.fail(
        conversion,
        result.asked ? 'unsure' : 'failed',
        result.failure.message,
        deps.now(),
      );
      throw result.failure;
    });
    deps.log.info(
      {
        workspaceId: conversion.workspaceId,
        contactId: conversion.contactId,
        kind: conversion.kind,
        screen: view.screen,
      },
      'a conversion was confirmed',
    );
    return view;
  }

  async function show(intercom: Intercom, subject: Subject, result: Answered): Promise<InboxView> {
    switch (result.outcome) {
      case 'done':
        return result.ours
          ? convertedView(subject, result.conversion)
          : alreadyAUser(subject, survivorOf(result.conversion));
      case 'gone':
        return cannot(subject, { because: 'gone' });
      case 'refused':
        return cannot(subject, { because: 'refused', message: result.message });
      case 'conflict':
        return conflictView(intercom, subject, result);
      case 'changed': {
        const text = `${result.message} Nothing was changed.`;
        return previewWith(intercom, subject, result.intoUserId ?? undefined, { tone: 'problem', text });
      }
    }
  }

  async function conflictView(
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
    return previewWith(intercom, subject, conflict.withId, { tone: 'problem', text });
  }

  async function convertedView(subject: Subject, conversion: Conversion): Promise<InboxView> {
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

  /** For a press that came second: waits for what the first one leads to, wherever it is being carried out. */
  async function outcomeOf(subject: Subject, first: Conversion): Promise<InboxView> {
    const deadline = Date.now() + deps.patienceMs;
    let conversion: Conversion | null = first;
    while (conversion?.state === 'started' && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      conversion = await deps.conversions.find(first.workspaceId, first.id);
    }
    if (conversion?.state === 'done') return convertedView(subject, conversion);
    if (conversion?.state === 'started') return { screen: 'converting', contact: shown(subject) };
    return preview(subject);
  }

  function unarchive(subject: Subject, userId: string): Promise<InboxView> {
    const work = asking(subject, async (intercom) => {
      if ((await intercom.unarchive(userId)) === 'gone') return previewWith(intercom, subject);
      return previewWith(intercom, subject, userId, {
        tone: 'plain',
        text: 'The archived user is back. Nothing else was changed.',
      });
    });
    return within(work, unavailable('unavailable'));
  }

  /** The job: finishes what a dead process began, and finds out what an unanswered request led to. Rejects to be run again. */
  async function settle(workspaceId: string, conversionId: string): Promise<void> {
    const conversion = await deps.conversions.find(workspaceId, conversionId);
    if (!conversion || conversion.state === 'done' || conversion.state === 'failed') return;
    const tooLate = deps.now().getTime() - conversion.startedAt.getTime() > giveUpAfterMs;
    try {
      const intercom = await deps.intercomFor(workspaceId);
      if (!intercom) throw new Failure('unauthorised', 'there is no token for this workspace');
      if (conversion.state === 'unsure') {
        const found = await deps.writer.lookAgain(intercom, conversion);
        if (!found) await deps.conversions.fail(conversion, 'failed', 'Intercom did not do it', deps.now());
        return;
      }
      const result = await deps.writer.carryOut(intercom, conversion, true);
      if (result.outcome === 'unanswered') throw result.failure;
    } catch (error) {
      if (!(error instanceof Failure) || !tooLate) throw error;
      await deps.conversions.fail(conversion, 'failed', error.message, deps.now());
    }
  }

  /** One note on the surviving contact. It looks for its own reference first, so that a repeat leaves no second. */
  async function leaveNote(
    { workspaceId, work }: Run<Extract<Work, { kind: 'note' }>>,
    signalAsked: () => Promise<void>,
  ): Promise<RunResult<never>> {
    const conversion = await deps.conversions.find(workspaceId, work.conversionId);
    if (conversion?.state !== 'done') return {};
    const intercom = await deps.intercomFor(workspaceId);
    if (!intercom) throw new Failure('unauthorised', 'there is no token for this workspace');
    const reference = `Reference ${conversion.id.slice(0, 8)}`;
    const contactId = survivorOf(conversion);
    const notes = await intercom.notes(contactId);
    if (notes.some((body) => body.includes(reference))) return {};
    const note = { body: noteOf(conversion, reference), adminId: conversion.teammateId };
    await signalAsked();
    await intercom.addNote(contactId, note);
    return { exchange: { request: note, answer: 'added' } };
  }

  /** Resolves when no conversion of this process is under way. */
  async function idle(): Promise<void> {
    await Promise.allSettled(inHand.values());
  }

  function within(work: Promise<InboxView>, otherwise: InboxView): Promise<InboxView> {
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<InboxView>((resolve) => {
      timer = setTimeout(() => resolve(otherwise), deps.patienceMs);
    });
    // Whoever loses the race may still reject; it is logged where it fails.
    work.catch((error: unknown) => deps.log.warn({ err: error }, 'a conversion step failed'));
    return Promise.race([work, patience]).finally(() => clearTimeout(timer));
  }

  const clock = (subject: Subject) => ({ timeZone: subject.timeZone, asOf: deps.now() });

  return { preview, confirmRoleChange, confirmMerge, unarchive, settle, leaveNote, idle };
}

function survivorOf(conversion: Conversion): string {
  return conversion.intoContactId ?? conversion.contactId;
}

function cannot(
  subject: Subject,
  reason: Extract<InboxView, { screen: 'cannot-convert' }>['reason'],
): InboxView {
  return { screen: 'cannot-convert', contact: shown(subject), reason };
}

function shown({ contact }: Subject): CardContact {
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

function noteOf(conversion: Conversion, reference: string): string {
  const how =
    conversion.kind === 'merge'
      ? 'merged this person’s lead into this user'
      : 'converted this lead to a user';
  const given = [
    ...(conversion.given.externalId
      ? [`External id set to ${escapeHtml(conversion.given.externalId)}.`]
      : []),
    ...(conversion.given.email ? [`Email set to ${escapeHtml(conversion.given.email)}.`] : []),
  ];
  return `<p>${[`${escapeHtml(conversion.teammateName)} ${how} from Referral Desk.`, ...given, `${reference}.`].join(' ')}</p>`;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
