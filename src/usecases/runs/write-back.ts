// Writes referrals' state to Intercom: handlers of attributes, tag and event.
import type { Context } from '../../context.ts';
import type { Postponed, Run, RunResult, WorkOf } from '../../domain/runs/run.ts';
import {
  type Attributes,
  attributesFor,
  difference,
  linkRequestedEvent,
  removals,
  type WriteOutcome,
} from '../../domain/runs/write-back.ts';
import { Failure } from '../../failure.ts';
import { hiddenAmong } from '../../store/contacts/created-contacts.ts';
import type { Tx } from '../../store/database.ts';
import { findEventFacts, readInvolvement } from '../../store/runs/write-back.ts';
import { readCurrentSettings } from '../../store/workspace/settings.ts';
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
  const { workspaceId } = run;
  const contactId = contactOf(run);
  const { attributes: isOn } = await writesOf(ctx, workspaceId);
  const { involvement, written } = await involvementOf(ctx, workspaceId, contactId);
  const differences = difference(attributesFor(involvement), written);
  // What has to go, as after an erasure, goes in any case.
  const changed = isOn ? differences : removals(differences);
  if (Object.keys(changed).length === 0)
    return Object.keys(differences).length === 0 ? {} : { canceled: switchedOff('attributes') };
  await markAttempted();
  const outcome = await follow(contactId, (id) => setAttributes(ctx, workspaceId, id, changed));
  const request = { contactId, custom_attributes: changed };
  if (outcome === 'gone') return notWritten(ctx, run, request);
  return {
    exchange: { request, answer: { outcome } },
    written: { contactId, attributes: changed },
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
  const contactId = contactOf(run);
  if (!(await writesOf(ctx, workspaceId)).tag) return { canceled: switchedOff('the tag') };
  const { involvement } = await involvementOf(ctx, workspaceId, contactId);
  if (involvement.referrals.length === 0)
    return { canceled: 'No referral belongs to this contact any more, so it is not tagged' };
  await markAttempted();
  const outcome = await follow(contactId, (id) =>
    ctx.intercom.background.writeBack.addTag(workspaceId, id, work.tag),
  );
  const request = { contactId, tag: work.tag };
  return outcome === 'gone' ? notWritten(ctx, run, request) : { exchange: { request, answer: { outcome } } };
};

export const doEvent: RunHandler<'event'> = async (ctx, run, markAttempted) => {
  const { workspaceId, work } = run;
  if (!(await writesOf(ctx, workspaceId)).event) return { canceled: switchedOff('the event') };
  const facts = await findEventFacts(ctx.database.db, workspaceId, work.referralId);
  const { contactId = null } = facts ?? {};
  const at = new Date(work.at);
  if (facts?.status !== 'qualified' || facts.statusAt.getTime() !== at.getTime())
    return { canceled: 'The referral is no longer qualified, so no event is sent' };
  if (contactId === null) return { canceled: 'The referral no longer has a contact, so no event is sent' };
  const { campaign, referrer } = facts;
  const metadata = { campaign, ...(referrer ? { referrer } : {}) };
  await markAttempted();
  // Intercom drops a second event with equal contact, name and time.
  const event = { name: work.name, at, metadata };
  const outcome = await follow(contactId, (id) =>
    ctx.intercom.background.writeBack.trackEvent(workspaceId, { ...event, contactId: id }),
  );
  const request = { contactId, event: work.name, metadata };
  return outcome === 'gone' ? notWritten(ctx, run, request) : { exchange: { request, answer: { outcome } } };
};

export const doResendLink: RunHandler<'resend-link'> = async (ctx, run, markAttempted) => {
  const { workspaceId, work } = run;
  const contactId = contactOf(run);
  const { involvement } = await involvementOf(ctx, workspaceId, contactId);
  const [share] = involvement.referrers;
  if (!share) return { canceled: 'The contact has no share link any more: none is sent' };
  const metadata = { campaign: share.campaign, link: share.link };
  await markAttempted();
  // Intercom drops a second event with equal contact, name and time.
  const event = { name: linkRequestedEvent, at: new Date(work.at), metadata };
  const outcome = await follow(contactId, (id) =>
    ctx.intercom.background.writeBack.trackEvent(workspaceId, { ...event, contactId: id }),
  );
  const request = { contactId, event: linkRequestedEvent, metadata };
  return outcome === 'gone' ? notWritten(ctx, run, request) : { exchange: { request, answer: { outcome } } };
};

/** A merge since it was planned has moved the run to the surviving contact. */
const contactOf = ({ contactId, work }: Written) => contactId ?? work.contactId;

const writesOf = async ({ database }: Context, workspaceId: string) =>
  (await readCurrentSettings(database.db, workspaceId)).write_back;

const switchedOff = (what: string) => `The workspace's settings no longer write ${what} to Intercom`;

type Written = Run<WorkOf<'write-back' | 'tag' | 'event' | 'resend-link'>>;

/** Intercom answers an archived contact like a deleted one, and sometimes one that was written a moment ago. */
async function notWritten(ctx: Context, run: Written, request: object): Promise<RunResult<Tx> | Postponed> {
  const { workspaceId, attemptedAt } = run;
  const contactId = contactOf(run);
  const hidden = (await hiddenAmong(ctx.database.db, workspaceId, [contactId])).get(contactId);
  const exchange = { request, answer: { outcome: hidden ?? 'gone' } };
  if (hidden === 'deleted') return { exchange };
  if (hidden === 'archived') {
    const refused = 'The contact is archived in Intercom. This is written when it is unarchived';
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
