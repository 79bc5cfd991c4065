// The handler of alert runs: a mail to a teammate, or a message to a chat channel.
import type { Context } from '../../context.ts';
import { againAfterMs } from '../../domain/alerts/alert.ts';
import type { Postponed, Run, RunResult, WorkOf } from '../../domain/runs/run.ts';
import { dayMs } from '../../domain/time-units.ts';
import { Failure } from '../../failure.ts';
import { findChannel, subscribers } from '../../store/alerts/alerts.ts';
import type { Tx } from '../../store/database.ts';
import { findInstallation } from '../../store/workspace/installations.ts';
import type { RunHandler } from '../runs/run-handler.ts';

type AlertRun = Run<WorkOf<'alert'>>;

/** A server that is down for a night still delivers; older news is dropped. */
const givesUpAfterMs = dayMs;

export const sendAlert: RunHandler<'alert'> = async (ctx, run, markAttempted) => {
  const send = 'teammate' in run.work.to ? mailTeammate : postToChannel;
  try {
    return await send(ctx, run, markAttempted);
  } catch (error) {
    const later = laterThan(ctx, run, error);
    if (later === null) throw error;
    return later;
  }
};

/** What the server may take later is tried for a day, without using up attempts. A test says at once what is wrong. */
function laterThan(ctx: Context, run: AlertRun, error: unknown): Postponed | null {
  const isLater = error instanceof Failure && (error.code === 'unavailable' || error.code === 'rate-limited');
  const now = ctx.now().getTime();
  const triedMs = now - run.createdAt.getTime();
  if (!isLater || run.work.topic === 'test' || triedMs > givesUpAfterMs) return null;
  const { retryAfterSeconds } = error;
  const waitMs = retryAfterSeconds === undefined ? againAfterMs(triedMs) : retryAfterSeconds * 1_000;
  return { waitUntil: new Date(now + waitMs), why: error.message };
}

async function mailTeammate(
  ctx: Context,
  run: AlertRun,
  markAttempted: () => Promise<void>,
): Promise<RunResult<Tx>> {
  const { work, workspaceId } = run;
  const teammateId = 'teammate' in work.to ? work.to.teammate : '';
  const people = await subscribers(ctx.database.db, workspaceId);
  const person = people.find((each) => each.teammateId === teammateId);
  if (!person) return { canceled: 'The teammate was removed' };
  if (work.topic !== 'test' && !person.topics.includes(work.topic))
    return { canceled: 'The teammate no longer gets these messages' };
  const { subject, text } = await wordsOf(ctx, run);
  await markAttempted();
  // The same ID on every attempt: mail programs show what arrived twice only once.
  await ctx.messages.mail({ to: person.email, subject, text, id: run.id });
  return { exchange: { request: { to: 'a teammate', subject }, answer: { accepted: true } } };
}

async function postToChannel(
  ctx: Context,
  run: AlertRun,
  markAttempted: () => Promise<void>,
): Promise<RunResult<Tx>> {
  const { work, workspaceId } = run;
  const id = 'channel' in work.to ? work.to.channel : '';
  const channel = await findChannel(ctx.database.db, ctx.secrets, workspaceId, id);
  if (!channel) return { canceled: 'The channel was removed' };
  if (work.topic !== 'test' && !channel.topics.includes(work.topic))
    return { canceled: 'The channel no longer gets these messages' };
  const { subject, text } = await wordsOf(ctx, run);
  await markAttempted();
  await ctx.messages.chat(channel.url, `*${subject}*\n${text}`);
  return { exchange: { request: { to: channel.name, subject }, answer: { accepted: true } } };
}

async function wordsOf(ctx: Context, { workspaceId, work }: AlertRun) {
  const installation = await findInstallation(ctx.database.db, workspaceId);
  const { lines, href, subject } = work;
  return {
    subject: `${installation?.name ?? workspaceId}: ${subject}`,
    text: [...lines, '', `${ctx.config.publicUrl}${href}`].join('\n'),
  };
}
