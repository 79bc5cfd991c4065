// Handles deliveries: interprets notifications, many per transaction, and closes them.

import type { Context } from '../../context.ts';
import { chunksOf } from '../../domain/chunks.ts';
import type { Notification, SeenContact } from '../../domain/qualification/notification.ts';
import { Failure } from '../../failure.ts';
import type { Tx } from '../../store/database.ts';
import { gatherWrites } from '../../store/gathered-writes.ts';
import {
  type ContactSnapshot,
  eraseContact,
  lockContacts,
  setArchived,
} from '../../store/qualification/contacts.ts';
import {
  type ClosedDelivery,
  closeDeliveries,
  isArchivalOvertaken,
  leaveRounds,
  takeDeliveries,
  unhandledIds,
  waitsSince,
} from '../../store/qualification/deliveries.ts';
import { makeHoldsDue } from '../../store/qualification/holds.ts';
import { moveToSurvivor } from '../contacts/follow-merge.ts';
import {
  askIntercom,
  type NoticeAnswer,
  type UnclearNotice,
  unclearNotice,
} from '../contacts/unclear-notices.ts';
import { isReachable } from '../reachability.ts';
import { retryTransient } from '../retry.ts';
import { retryWrites } from '../runs/run-log.ts';
import { canWait, troubleOf } from '../trouble.ts';
import {
  type Applicable,
  applyUpdate,
  type ContactUpdate,
  type DeliveryOutcome,
  decideTaken,
  done,
  linkTaken,
  loadTxSnapshot,
  needsReading,
  type ReadState,
  readForTaken,
  readingFor,
  saveTxSnapshot,
  type TxSnapshot,
  takeUpdate,
} from './contact-updates.ts';
import { overdueAfterMs } from './deliveries.ts';
import { activeTimeZone } from './installed.ts';

/** Enough to make the statements of a transaction cheap, and few enough that it never holds its locks for long. */
export const perRound = 256;
/** A job takes them one by one, maybe each with a slow answer from Intercom, and may merge with `batchSize` others. */
const perJob = 8;

/** `timeZone` is null when the app is not installed. */
type Workspace = { workspaceId: string; timeZone: string | null };
type Selection = Parameters<typeof takeDeliveries>[2];

/**
 * Handles the oldest deliveries of a workspace. Those that need more than the database, or cannot be handled together, get
 * a job, so that others do not wait for them. Returns how many it took.
 */
export async function handleRound(ctx: Context, workspaceId: string): Promise<number> {
  const workspace = { workspaceId, timeZone: await activeTimeZone(ctx, workspaceId) };
  const selection = { oldest: perRound };
  const together = async () => {
    const { taken } = await handleTogether(ctx, workspace, selection, (tx, left) =>
      giveJobs(ctx, tx, workspaceId, left),
    );
    return taken;
  };
  return retryTransient(3, together, isTransient).catch(async (error: unknown) => {
    ctx.log.warn({ err: error, workspaceId }, 'notifications could not be handled together');
    return ctx.database.preparedTransaction(async (tx) => {
      const taken = await takeDeliveries(tx, workspaceId, selection);
      const ids = taken.map(({ id }) => id);
      await giveJobs(ctx, tx, workspaceId, ids);
      return ids.length;
    });
  });
}

async function giveJobs(ctx: Context, tx: Tx, workspaceId: string, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return;
  await leaveRounds(tx, workspaceId, ids);
  const jobs = chunksOf(ids, perJob).map((deliveryIds) => ({
    name: 'handle-deliveries' as const,
    workspaceId,
    deliveryIds,
  }));
  await ctx.queue.enqueueAll(tx, jobs);
}

/**
 * The job. A delivery that cannot be handled fails with the reason, so that others go on. Rejects after a transient
 * error; the retry skips handled ones.
 */
export async function handleDeliveries(ctx: Context, workspaceId: string, deliveryIds: readonly number[]) {
  const own = await unhandledIds(ctx.database.db, workspaceId, deliveryIds);
  if (own.length === 0) return;
  const workspace = { workspaceId, timeZone: await activeTimeZone(ctx, workspaceId) };
  let trouble: unknown = null;
  for (const id of await handleOwn(ctx, workspace, own)) {
    try {
      await retryTransient(3, () => handleAlone(ctx, workspace, id), isTransient);
    } catch (error) {
      ctx.log.warn({ err: error, workspaceId, deliveryId: id }, 'a notification could not be handled');
      if (isTransient(error) && !(await isOwnFailure(ctx, workspaceId, id, error))) trouble = error;
      else await fail(ctx, workspaceId, id, error);
    }
  }
  if (trouble !== null) throw trouble;
}

/** A deadlock, a lost connection, an Intercom outage or a lost grant. */
const isTransient = (error: unknown): boolean => canWait(troubleOf(error));

/** What Intercom has not answered for hours although it answers others, it never will. */
async function isOwnFailure(ctx: Context, workspaceId: string, id: number, error: unknown): Promise<boolean> {
  if (troubleOf(error).of !== 'service') return false;
  const since = await waitsSince(ctx.database.db, workspaceId, id);
  const waited = ctx.now().getTime() - (since?.getTime() ?? 0);
  return waited > overdueAfterMs && isReachable(ctx, workspaceId, 'intercom');
}

/** Returns those to handle one by one. */
async function handleOwn(
  ctx: Context,
  workspace: Workspace,
  ids: readonly number[],
): Promise<readonly number[]> {
  try {
    return (await handleTogether(ctx, workspace, { ids })).left;
  } catch {
    // Isolates the failing ones.
    return ids;
  }
}

async function fail(ctx: Context, workspaceId: string, id: number, error: unknown): Promise<void> {
  const { words: outcome } = troubleOf(error);
  await ctx.database.preparedTransaction((tx) =>
    closeDeliveries(tx, workspaceId, [{ id, state: 'failed', outcome }], ctx.now()),
  );
}

/**
 * Nearly all deliveries only update contacts: one read and one write for all of them. Others are left for
 * `handleAlone`, after `leave` in the same transaction.
 */
function handleTogether(
  ctx: Context,
  { workspaceId, timeZone }: Workspace,
  selection: Selection,
  leave: (tx: Tx, left: readonly number[]) => Promise<void> = async () => {},
): Promise<{ taken: number; left: number[] }> {
  return ctx.database.preparedTransaction(async (tx) => {
    const deliveries = await takeDeliveries(tx, workspaceId, selection);
    if (deliveries.length === 0) return { taken: 0, left: [] };
    const read = deliveries.map((delivery) => {
      const notice = ctx.intercom.readNotification(delivery.topic, delivery.body);
      return { id: delivery.id, notice, update: timeZone === null ? null : updateIn(notice) };
    });
    const contacts = read.flatMap(({ update }) => update?.contact ?? []);
    const snapshot =
      timeZone === null ? null : await loadTxSnapshot(ctx, tx, workspaceId, timeZone, contacts);
    const closed: ClosedDelivery[] = [];
    const left: number[] = [];
    const applicable: Applicable[] = [];
    for (const { id, notice, update } of read) {
      const inert = timeZone === null ? notInstalled : outcomeWithoutEffect(notice);
      if (snapshot && update && needsReading(ctx, snapshot, update.contact)) left.push(id);
      else if (snapshot && update) {
        const taken = takeUpdate(ctx, snapshot, { deliveryId: id, ...update });
        if ('outcome' in taken) closed.push({ id, ...taken });
        else applicable.push(taken);
      } else if (inert) closed.push({ id, ...inert });
      else left.push(id);
    }
    if (snapshot) {
      const decided = await decideTogether(ctx, tx, snapshot, applicable);
      closed.push(...decided);
      await saveTxSnapshot(ctx, tx, snapshot);
    }
    await closeDeliveries(tx, workspaceId, closed, ctx.now());
    await leave(tx, left);
    return { taken: deliveries.length, left };
  });
}

/** Gathers the writes of all of them. */
function decideTogether(
  ctx: Context,
  tx: Tx,
  snapshot: TxSnapshot,
  applicable: readonly Applicable[],
): Promise<ClosedDelivery[]> {
  return gatherWrites(tx, async () => {
    await linkTaken(ctx, tx, snapshot, applicable);
    const ahead = await readForTaken(ctx, tx, snapshot, applicable);
    const closed: ClosedDelivery[] = [];
    for (const taken of applicable) {
      const id = taken.update.deliveryId;
      const outcome = await decideTaken(ctx, tx, snapshot, taken, ahead);
      if (id !== null) closed.push({ id, ...outcome });
    }
    return closed;
  });
}

async function handleAlone(ctx: Context, workspace: Workspace, id: number): Promise<void> {
  const { workspaceId, timeZone } = workspace;
  const { left } = await handleTogether(ctx, workspace, { ids: [id] });
  if (left.length === 0 || timeZone === null) return;
  const place = { ctx, workspaceId, timeZone, deliveryId: id };
  let answers: Answers = { notice: null, state: null };
  for (let count = 0; count < maxQuestions; count += 1) {
    const question = await handleInTransaction(place, answers);
    if (question === null) return;
    // Outside the transactions, since Intercom may be slow.
    answers = { ...answers, ...(await ask(ctx, workspaceId, question)) };
  }
  throw new Failure('unavailable', 'The contact kept changing while it was read.');
}

/** About the notification, about the contact's state, and again after changes by other deliveries. */
const maxQuestions = 6;

type Question =
  | { about: 'notice'; notice: UnclearNotice }
  | { about: 'state'; contactId: string; stored: ContactSnapshot | null };
type Answers = { notice: NoticeAnswer | null; state: ReadState | null };

async function ask(ctx: Context, workspaceId: string, question: Question): Promise<Partial<Answers>> {
  if (question.about === 'notice') return { notice: await askIntercom(ctx, workspaceId, question.notice) };
  const { contactId, stored } = question;
  return { state: { contact: await ctx.intercom.background.readContact(workspaceId, contactId), stored } };
}

type Place = { ctx: Context; workspaceId: string; timeZone: string; deliveryId: number };

/** Returns what Intercom must be asked first; nothing is done then. */
function handleInTransaction(place: Place, answers: Answers): Promise<Question | null> {
  const { ctx, workspaceId, deliveryId: id } = place;
  return ctx.database.preparedTransaction(async (tx) => {
    const [delivery] = await takeDeliveries(tx, workspaceId, { ids: [id] });
    if (!delivery) return null;
    const notice = ctx.intercom.readNotification(delivery.topic, delivery.body);
    const unclear = answers.notice === null ? unclearNotice(notice, delivery.receivedAt) : null;
    if (unclear) return { about: 'notice', notice: unclear };
    const contact = contactOf(notice, answers.notice);
    const reading = contact ? await readingFor(ctx, tx, place, contact, answers.state) : 'clear';
    if (contact && typeof reading === 'object') {
      return { about: 'state', contactId: contact.id, stored: reading.asked };
    }
    const told = asRead(notice, reading === 'answered' ? answers : { ...answers, state: null });
    const outcome = await applyNotice(tx, place, told.notice, told.answer);
    if (outcome) await closeDeliveries(tx, workspaceId, [{ id, ...outcome }], ctx.now());
    return null;
  });
}

/** The contact that the notification tells of. */
function contactOf(notice: Notification, answer: NoticeAnswer | null): SeenContact | null {
  if (answer?.about === 'merge') return answer.survivor;
  return 'contact' in notice ? notice.contact : null;
}

/** With the contact as read. One that Intercom does not find stays as told: states mostly arrive in order. */
function asRead(
  notice: Notification,
  { notice: answer, state }: Answers,
): { notice: Notification; answer: NoticeAnswer | null } {
  const contact = state?.contact ?? null;
  if (contact === null) return { notice, answer };
  if (answer?.about === 'merge') return { notice, answer: { ...answer, survivor: contact } };
  if (notice.kind === 'tagged') return { notice: { kind: 'seen', contact, becameUser: false }, answer };
  return { notice: 'contact' in notice ? { ...notice, contact } : notice, answer };
}

/** Null while it stays open. */
async function applyNotice(
  tx: Tx,
  place: Place,
  notice: Notification,
  answer: NoticeAnswer | null,
): Promise<DeliveryOutcome | null> {
  switch (notice.kind) {
    case 'tagged':
      return applyTag(tx, place, notice);
    case 'merged':
      if (answer?.about === 'merge') return applyMerge(tx, place, answer.survivor, answer.mergedIds);
      return applyMerge(tx, place, notice.contact, notice.fromId === null ? [] : [notice.fromId]);
    case 'archived':
    case 'unarchived':
      return applyArchival(tx, place, notice.contactId, notice.kind);
    case 'deleted':
      if (answer?.about !== 'deletion') throw new Error('a deletion is never applied unasked');
      return applyDeletion(tx, place, notice.contactId, answer.meaning);
    case 'seen':
      return applyUpdateAlone(tx, place, notice);
    case 'company':
    case 'ping':
    case 'unknown':
    case 'unreadable':
      throw new Error(`${notice.kind}: such a notification is never left by handleTogether`);
  }
}

async function applyArchival(
  tx: Tx,
  { ctx, workspaceId, deliveryId: id }: Place,
  contactId: string,
  kind: 'archived' | 'unarchived',
): Promise<DeliveryOutcome> {
  // They tell no time, and jobs side by side handle them in any order.
  await lockContacts(tx, workspaceId, [contactId]);
  if (await isArchivalOvertaken(tx, workspaceId, { id, contactId }))
    return done('A later notification about this is handled already.');
  await setArchived(tx, workspaceId, contactId, kind === 'archived');
  await makeHoldsDue(tx, workspaceId, { contactId }, ctx.now());
  if (kind === 'unarchived') await retryWrites(ctx, tx, workspaceId, contactId);
  return done(`The contact was ${kind}.`);
}

async function applyDeletion(
  tx: Tx,
  place: Place,
  contactId: string,
  meaning: Extract<NoticeAnswer, { about: 'deletion' }>['meaning'],
): Promise<DeliveryOutcome | null> {
  const { ctx, workspaceId, deliveryId } = place;
  if (meaning.is === 'unclear') {
    const afterSeconds = Math.max(1, Math.ceil((meaning.until.getTime() - ctx.now().getTime()) / 1_000));
    const job = { name: 'handle-deliveries' as const, workspaceId, deliveryIds: [deliveryId] };
    await ctx.queue.enqueue(tx, job, { afterSeconds });
    return null;
  }
  if (meaning.is === 'merged') {
    if (meaning.survivor) return applyMerge(tx, place, meaning.survivor, [contactId]);
    return done('The contact was merged, but Intercom does not say into which one. Nothing was erased.');
  }
  const known = await lockContacts(tx, workspaceId, [contactId]);
  if (known.get(contactId)?.gone === 'merged')
    return done('The contact was already merged into another one.');
  const anonymous = await eraseContact(tx, workspaceId, contactId);
  const erased = `The person was erased; ${counted(anonymous, 'referral')} kept without a name.`;
  return { ...done(erased), empty: true };
}

async function applyUpdateAlone(
  tx: Tx,
  { ctx, workspaceId, timeZone, deliveryId }: Place,
  update: ContactUpdate,
): Promise<DeliveryOutcome> {
  const snapshot = await loadTxSnapshot(ctx, tx, workspaceId, timeZone, [update.contact]);
  const outcome = await applyUpdate(ctx, tx, snapshot, { deliveryId, ...update });
  await saveTxSnapshot(ctx, tx, snapshot);
  return outcome;
}

async function applyTag(
  tx: Tx,
  place: Place,
  notice: Extract<Notification, { kind: 'tagged' }>,
): Promise<DeliveryOutcome> {
  const { contactId: id, contact, tag, added } = notice;
  // Intercom lists at most ten tags: beyond that, only the change is known.
  const known = await lockContacts(tx, place.workspaceId, [id]);
  const before = known.get(id)?.snapshot ?? null;
  const otherTags = Array.isArray(before?.facts.tags)
    ? before.facts.tags.filter((tagId) => tagId !== tag.id)
    : null;
  const tags = otherTags && { tags: added ? [...otherTags, tag.id] : otherTags };
  if (contact) {
    const tagged = { ...contact, facts: { ...contact.facts, ...tags } };
    return applyUpdateAlone(tx, place, { contact: tagged, becameUser: false, tag: tagIn(notice) });
  }
  if (!before) return done('No other data about the contact.');
  const { role, updatedAt, facts } = before;
  const unnamed = { id, role, email: null, externalId: null, name: null, updatedAt };
  const tagged = { ...unnamed, facts: { ...facts, ...tags } };
  return applyUpdateAlone(tx, place, { contact: tagged, becameUser: false, tag: tagIn(notice) });
}

async function applyMerge(
  tx: Tx,
  place: Place,
  survivor: SeenContact,
  mergedIds: readonly string[],
): Promise<DeliveryOutcome> {
  const { moved, outcome } = await moveToSurvivor(place.ctx, tx, place, survivor, mergedIds);
  return done(`${counted(moved, 'person', 'people')} followed a merge. ${outcome}`);
}

const ignored = (outcome: string): DeliveryOutcome => ({ state: 'ignored', outcome });

// Stores nothing.
const notInstalled: DeliveryOutcome = {
  ...ignored('The workspace has not installed the app.'),
  empty: true,
};

const tagIn = ({ tag, added }: Extract<Notification, { kind: 'tagged' }>) => ({ id: tag.id, added });

/** Null for any other kind. */
function updateIn(notice: Notification): ContactUpdate | null {
  if (notice.kind === 'seen') return notice;
  const whole = notice.kind === 'tagged' && notice.contact !== null && 'tags' in notice.contact.facts;
  return whole && notice.contact ? { contact: notice.contact, becameUser: false, tag: tagIn(notice) } : null;
}

/** Null when the delivery has an effect. */
function outcomeWithoutEffect(notice: Notification): DeliveryOutcome | null {
  switch (notice.kind) {
    case 'company':
      return done('Rules do not use companies.');
    case 'ping':
      return done('Intercom tested the webhook address.');
    case 'unknown':
      return ignored(`The topic ${notice.topic} is not used.`);
    case 'unreadable':
      return ignored(`It could not be read: ${notice.why}`);
    default:
      return null;
  }
}

const counted = (count: number, singular: string, plural = `${singular}s`) =>
  `${count} ${count === 1 ? singular : plural}`;
