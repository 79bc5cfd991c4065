// Converting a lead to a user, as a teammate presses it: preview, then confirm. Nothing is written before they have seen it.
import type { InboxView } from '../../../canvas/view.ts';
import { readRoleChange } from '../../domain/card/conversion.ts';
import { foldEmail } from '../../domain/contacts/contact.ts';
import { Failure } from '../../failure.ts';
import type { Conversion, ConversionStore, Intercom } from './conversion-edges.ts';
import { type ConversionViews, type Subject, shown } from './conversion-views.ts';
import type { ConversionWriter } from './conversion-writing.ts';

type Log = { info(fields: object, message: string): void; warn(fields: object, message: string): void };

export type ConversionDeps = {
  /** Null when the workspace has no usable token. */
  intercomFor(workspaceId: string): Promise<Intercom | null>;
  conversions: ConversionStore;
  writer: ConversionWriter;
  views: ConversionViews;
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

export function createConversion(deps: ConversionDeps) {
  /** This process's conversions under way: a second press waits for the first, and a shutdown for all. */
  const inHand = new Map<string, Promise<InboxView>>();

  /** What would happen, read afresh. `intoUserId` when the teammate, or a conflict, named the user to merge into. */
  function preview(subject: Subject, intoUserId?: string): Promise<InboxView> {
    return within(
      asking(subject, (intercom) => deps.views.preview(intercom, subject, intoUserId)),
      unavailable('unavailable'),
    );
  }

  async function asking(
    subject: Subject,
    work: (intercom: Intercom) => Promise<InboxView>,
  ): Promise<InboxView> {
    try {
      const intercom = await deps.intercomFor(subject.workspaceId);
      return intercom ? await work(intercom) : unavailable('unauthorized');
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      deps.log.warn({ err: error, workspaceId: subject.workspaceId }, 'Intercom could not be asked');
      return unavailable(error.code);
    }
  }

  function unavailable(code: Failure['code']): InboxView {
    const retry = { do: 'start-conversion' } as const;
    if (code === 'unauthorized') {
      return { screen: 'unavailable', what: 'intercom-token', retry, installUrl: deps.installUrl };
    }
    return { screen: 'unavailable', what: code === 'rate-limited' ? 'intercom-busy' : 'intercom', retry };
  }

  async function confirmRoleChange(
    subject: Subject,
    nonce: string,
    inputs: Record<string, string>,
  ): Promise<InboxView> {
    const read = readRoleChange(inputs, foldEmail(subject.contact.email) === null);
    if (!read.valid) return deps.views.roleChange(subject, subject.contact, undefined, read.tried);
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
      if (result.outcome !== 'unanswered') return deps.views.outcome(intercom, subject, result);
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

  /** For a press that came second: waits for what the first one leads to, wherever it is being carried out. */
  async function outcomeOf(subject: Subject, first: Conversion): Promise<InboxView> {
    const deadline = Date.now() + deps.patienceMs;
    let conversion: Conversion | null = first;
    while (conversion?.state === 'started' && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      conversion = await deps.conversions.find(first.workspaceId, first.id);
    }
    if (conversion?.state === 'done') return deps.views.converted(subject, conversion);
    if (conversion?.state === 'started') return { screen: 'converting', contact: shown(subject) };
    return preview(subject);
  }

  function unarchive(subject: Subject, userId: string): Promise<InboxView> {
    const work = asking(subject, async (intercom) => {
      if ((await intercom.unarchive(userId)) === 'gone') return deps.views.preview(intercom, subject);
      return deps.views.preview(intercom, subject, userId, {
        tone: 'plain',
        text: 'The archived user is back. Nothing else was changed.',
      });
    });
    return within(work, unavailable('unavailable'));
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

  return { preview, confirmRoleChange, confirmMerge, unarchive, idle };
}
