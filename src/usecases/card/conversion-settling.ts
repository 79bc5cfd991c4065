// After the confirm, by jobs: what a dead process began is finished, and one note says who converted the contact.
import type { Run, RunResult, Work } from '../../domain/runs/run.ts';
import { Failure } from '../../failure.ts';
import { type Conversion, type ConversionStore, type Intercom, survivorOf } from './conversion-edges.ts';
import type { ConversionWriter } from './conversion-writing.ts';

const giveUpAfterMs = 10 * 60_000;

export function createConversionSettling(deps: {
  /** Null when the workspace has no usable token. */
  intercomFor(workspaceId: string): Promise<Intercom | null>;
  conversions: ConversionStore;
  writer: ConversionWriter;
  now(): Date;
}) {
  /** The job: finishes what a dead process began, and finds out what an unanswered request led to. Rejects to be run again. */
  async function settle(workspaceId: string, conversionId: string): Promise<void> {
    const conversion = await deps.conversions.find(workspaceId, conversionId);
    if (!conversion || conversion.state === 'done' || conversion.state === 'failed') return;
    const tooLate = deps.now().getTime() - conversion.startedAt.getTime() > giveUpAfterMs;
    try {
      const intercom = await deps.intercomFor(workspaceId);
      if (!intercom) throw new Failure('unauthorized', 'There is no token for this workspace');
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
    if (!intercom) throw new Failure('unauthorized', 'There is no token for this workspace');
    const reference = `Reference ${conversion.id.slice(0, 8)}`;
    const contactId = survivorOf(conversion);
    const notes = await intercom.notes(contactId);
    if (notes.some((body) => body.includes(reference))) return {};
    const note = { body: noteOf(conversion, reference), adminId: conversion.teammateId };
    await signalAsked();
    await intercom.addNote(contactId, note);
    return { exchange: { request: note, answer: 'added' } };
  }

  return { settle, leaveNote };
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
