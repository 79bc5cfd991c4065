// Writes referrals' state to Intercom: handlers of attributes, tag and event.
import type { Context } from '../../context.ts';
import type { Postponed, Run, RunResult, WorkOf } from '../../domain/runs/run.ts';
import {
  type Attributes,
  attributesFor,
  difference,
  type WriteOutcome,
} from '../../domain/runs/write-back.ts';
import { Failure } from '../../failure.ts';
import { hiddenAmong } from '../../store/contacts/created-contacts.ts';
import type { Tx } from '../../store/database.ts';
import { findEventMetadata, readInvolvement, saveWritten } from '../../store/runs/write-back.ts';
import { shareLinkOf } from '../program/share-links.ts';
import type { RunHandler } from './run-handler.ts';

// More merges of merges than this are a cycle.
const maxHops = 3;
/** Until a contact that was just written shows by its id. */
const lookAgainMs = 10_000;

/** The values for Intercom to show, and those last written. */
export function involvementOf(ctx: Context, workspaceId: string, contactId: string) {
  return readInvolvement(ctx.database.db, workspaceId, contactId, (referrer) => shareLinkOf(ctx, referrer));
}

export const doWriteBack: RunHandler<'write-back'> = async (ctx, run, markAttempted) => {
  const { workspaceId, work } = run;
  const { involvement, written } = await involvementOf(ctx, workspaceId, work.contactId);
  const attributes = attributesFor(involvement);
  const changed = difference(attributes, written);
  if (Object.keys(changed).length === 0) return {};
  await markAttempted();
  const outcome = await follow(work.contactId, (contactId) =>
    setAttributes(ctx, workspaceId, contactId, changed),
  );
  const request = { contactId: work.contactId, custom_attributes: changed };
  if (outcome === 'gone') return notWritten(ctx, run, request);
  return {
    exchange: { request, answer: { outcome } },
    record: (tx) => saveWritten(tx, workspaceId, work.contactId, attributes),
  };
};

async function setAttributes(
  ctx: Context,
  workspaceId: string,
  contactId: string,
  changed: Attributes,
): Promise<WriteOutcome> {
  const { writeBack } = ctx.intercom.background;
  const first = await writeBack.setAttributes(workspaceId, contactId, changed);
  if (first.outcome !== 'unknown-attribute') return first;
  await writeBack.ensureAttributes(workspaceId);
  const second = await writeBack.setAttributes(workspaceId, contactId, changed);
  if (second.outcome !== 'unknown-attribute') return second;
  throw new Failure('bad-upstream', 'Intercom does not know the attributes that were just created');
}

export const doTag: RunHandler<'tag'> = async (ctx, run, markAttempted) => {
  const { workspaceId, work } = run;
  await markAttempted();
  const outcome = await follow(work.contactId, (contactId) =>
    ctx.intercom.background.writeBack.addTag(workspaceId, contactId, work.tag),
  );
  const request = { contactId: work.contactId, tag: work.tag };
  return outcome === 'gone' ? notWritten(ctx, run, request) : { exchange: { request, answer: { outcome } } };
};

export const doEvent: RunHandler<'event'> = async (ctx, run, markAttempted) => {
  const { workspaceId, work } = run;
  const names = await findEventMetadata(ctx.database.db, workspaceId, work.referralId);
  const metadata = {
    ...(names ? { campaign: names.campaign } : {}),
    ...(names?.referrer ? { referrer: names.referrer } : {}),
  };
  await markAttempted();
  // Intercom drops a second event with equal contact, name and time.
  const event = { name: work.name, at: new Date(work.at), metadata };
  const outcome = await follow(work.contactId, (contactId) =>
    ctx.intercom.background.writeBack.trackEvent(workspaceId, { ...event, contactId }),
  );
  const request = { contactId: work.contactId, event: work.name, metadata };
  return outcome === 'gone' ? notWritten(ctx, run, request) : { exchange: { request, answer: { outcome } } };
};

type Written = Run<WorkOf<'write-back' | 'tag' | 'event'>>;

/** Intercom answers an archived contact like a deleted one, and sometimes one that was written a moment ago. */
async function notWritten(
  ctx: Context,
  { workspaceId, work: { contactId }, attemptedAt }: Written,
  request: object,
): Promise<RunResult<Tx> | Postponed> {
  const hidden = (await hiddenAmong(ctx.database.db, workspaceId, [contactId])).get(contactId);
  const exchange = { request, answer: { outcome: hidden ?? 'gone' } };
  if (hidden === 'deleted') return { exchange };
  if (hidden === 'archived') {
    const refused = 'The contact is archived in Intercom: this is written when it is brought back';
    return { exchange, refused };
  }
  const why = `Intercom does not show contact ${contactId}: it may be archived, deleted, or written a moment ago`;
  if (attemptedAt === null) return { waitUntil: new Date(ctx.now().getTime() + lookAgainMs), why };
  return { exchange, refused: why };
}

/** Returns the surviving contact; null when it is gone. */
async function follow(
  contactId: string,
  write: (contactId: string) => Promise<WriteOutcome>,
): Promise<'done' | 'gone'> {
  let id = contactId;
  for (let hop = 0; hop <= maxHops; hop += 1) {
    const answer = await write(id);
    if (answer.outcome !== 'merged') return answer.outcome;
    if (answer.into === null) return 'gone';
    id = answer.into;
  }
  return 'gone';
}
