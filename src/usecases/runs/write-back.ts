// Writes referrals' state to Intercom: handlers of attributes, tag and event.
import type { Context } from '../../context.ts';
import {
  type Attributes,
  attributesFor,
  difference,
  type WriteOutcome,
} from '../../domain/runs/write-back.ts';
import { Failure } from '../../failure.ts';
import { findEventMetadata, readInvolvement, saveWritten } from '../../store/runs/write-back.ts';
import { shareLinkOf } from '../program/share-links.ts';
import type { RunHandler } from './run-handler.ts';

// More merges of merges than this are a cycle.
const maxHops = 3;

/** The values for Intercom to show, and those last written. */
export function involvementOf(ctx: Context, workspaceId: string, contactId: string) {
  return readInvolvement(ctx.database.db, workspaceId, contactId, (referrer) => shareLinkOf(ctx, referrer));
}

export const doWriteBack: RunHandler<'write-back'> = async (ctx, { workspaceId, work }, markAttempted) => {
  const { involvement, written } = await involvementOf(ctx, workspaceId, work.contactId);
  const attributes = attributesFor(involvement);
  const changed = difference(attributes, written);
  if (Object.keys(changed).length === 0) return {};
  await markAttempted();
  const outcome = await follow(work.contactId, (contactId) =>
    setAttributes(ctx, workspaceId, contactId, changed),
  );
  return {
    exchange: { request: { contactId: work.contactId, custom_attributes: changed }, answer: { outcome } },
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

export const doTag: RunHandler<'tag'> = async (ctx, { workspaceId, work }, markAttempted) => {
  await markAttempted();
  const outcome = await follow(work.contactId, (contactId) =>
    ctx.intercom.background.writeBack.addTag(workspaceId, contactId, work.tag),
  );
  return { exchange: { request: { contactId: work.contactId, tag: work.tag }, answer: { outcome } } };
};

export const doEvent: RunHandler<'event'> = async (ctx, { workspaceId, work }, markAttempted) => {
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
  return {
    exchange: { request: { contactId: work.contactId, event: work.name, metadata }, answer: { outcome } },
  };
};

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
