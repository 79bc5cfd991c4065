// Jobs after a confirm: finish what a dead process began, and leave one note about who converted the contact.
import type { Context } from '../../context.ts';
import { hasKeptValues, valuesToWrite } from '../../domain/card/merge-choice.ts';
import type { Run, RunResult, Work } from '../../domain/runs/run.ts';
import { Failure } from '../../failure.ts';
import { type Conversion, findConversion, updateConversion } from '../../store/card/conversions.ts';
import type { Tx } from '../../store/database.ts';
import { markConversionFailed, survivorOf } from './conversion-records.ts';
import { carryOutConversion, checkConversion } from './conversion-write.ts';

const giveUpAfterMs = 10 * 60_000;

/** Also finds out the result of an unanswered request. Rejects to be retried. */
export async function settleConversion(ctx: Context, workspaceId: string, conversionId: string) {
  const conversion = await findConversion(ctx.database.db, workspaceId, conversionId);
  if (!conversion || conversion.state === 'done' || conversion.state === 'failed') return;
  const isTooLate = ctx.now().getTime() - conversion.startedAt.getTime() > giveUpAfterMs;
  try {
    const client = await ctx.intercom.agents.conversionClient(workspaceId);
    if (conversion.state === 'unsure') {
      const found = await checkConversion(ctx, client, conversion);
      if (!found) await markConversionFailed(ctx, conversion, 'failed', 'Intercom did not make the change');
      return;
    }
    const result = await carryOutConversion(ctx, client, conversion, true);
    if (result.outcome === 'unanswered') throw result.failure;
  } catch (error) {
    if (!(error instanceof Failure) || !isTooLate) throw error;
    await markConversionFailed(ctx, conversion, 'failed', error.message);
  }
}

/** Looks for its own reference first, so that a repeat leaves no second note. */
export async function leaveConversionNote(
  ctx: Context,
  { workspaceId, work }: Run<Extract<Work, { kind: 'note' }>>,
  markAttempted: () => Promise<void>,
): Promise<RunResult<never>> {
  const conversion = await findConversion(ctx.database.db, workspaceId, work.conversionId);
  if (conversion?.state !== 'done') return {};
  const client = await ctx.intercom.agents.conversionClient(workspaceId);
  const reference = `Reference ${conversion.id.slice(0, 8)}`;
  const contactId = survivorOf(conversion);
  const notes = await client.notes(contactId);
  if (notes.some((body) => body.includes(reference))) return {};
  const note = { body: noteOf(conversion, reference), adminId: conversion.teammateId };
  await markAttempted();
  await client.addNote(contactId, note);
  return { exchange: { request: note, answer: 'added' } };
}

/** Of the merged user, once: a value that someone changed after the merge stays. */
export async function writeKeptValues(
  ctx: Context,
  { workspaceId, work }: Run<Extract<Work, { kind: 'merge-values' }>>,
  markAttempted: () => Promise<void>,
): Promise<RunResult<Tx>> {
  const conversion = await findConversion(ctx.database.db, workspaceId, work.conversionId);
  const keep = conversion?.given.keep;
  if (conversion?.state !== 'done' || !keep) return {};
  const client = await ctx.intercom.agents.conversionClient(workspaceId);
  const contactId = survivorOf(conversion);
  const read = await client.contact(contactId);
  if (read.outcome !== 'found') return { canceled: 'The user was merged again or deleted.' };
  const values = valuesToWrite(keep, read.contact);
  const isNeeded = Object.keys(values).length > 0;
  if (isNeeded) await markAttempted();
  const answer = isNeeded
    ? await client.setAttributes(contactId, values)
    : { ...read, outcome: 'done' as const };
  if (answer.outcome !== 'done')
    return { refused: 'message' in answer ? answer.message : 'The user was merged again or deleted.' };
  const keptAt = hasKeptValues(keep, answer.contact) ? endOfSecond(answer.contact.updatedAt) : null;
  return {
    exchange: { request: values, answer: isNeeded ? 'written' : 'nothing to write' },
    record: async (tx) => void (await updateConversion(tx, conversion, { keptAt })),
  };
}

/** Intercom's API has whole seconds: notifications from before the write may have a later time than its answer. */
const endOfSecond = (at: Date | null) => at && new Date(at.getTime() + 999);

function noteOf({ kind, given, teammateName }: Conversion, reference: string): string {
  const how = kind === 'merge' ? 'merged this person’s lead into this user' : 'converted this lead to a user';
  const sentences = [
    `${escapeHtml(teammateName)} ${how} from Referral Desk.`,
    ...(given.externalId ? [`External ID set to ${escapeHtml(given.externalId)}.`] : []),
    ...(given.keep ? [`Kept from the lead: ${escapeHtml(Object.keys(given.keep).join(', '))}.`] : []),
    ...(given.email ? [`Email set to ${escapeHtml(given.email)}.`] : []),
    `${reference}.`,
  ];
  return `<p>${sentences.join(' ')}</p>`;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
