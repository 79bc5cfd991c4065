// Converts a lead to a user: a preview, then a confirm. Nothing is written before the confirm.

import type { InboxView } from '../../../canvas/view.ts';
import type { Context } from '../../context.ts';
import { readRoleChange } from '../../domain/card/conversion.ts';
import { chosenOfLead } from '../../domain/card/merge-choice.ts';
import { emailKey } from '../../domain/identity.ts';
import { Failure } from '../../failure.ts';
import { type Conversion, findConversion } from '../../store/card/conversions.ts';
import { type TroubleOf, troubleOf } from '../trouble.ts';
import { withTimeout } from '../with-timeout.ts';
import { reconnection } from './card-access.ts';
import { beginConversion, markConversionFailed } from './conversion-records.ts';
import {
  cannotConvert,
  convertedView,
  previewView,
  resultView,
  roleChangeView,
  type Subject,
  shown,
} from './conversion-views.ts';
import { type ConversionClient, carryOutConversion } from './conversion-write.ts';

const pollEveryMs = 100;

/** `intoUserId` is the user to merge into, from the teammate or a conflict. */
export function previewConversion(ctx: Context, subject: Subject, intoUserId?: string): Promise<InboxView> {
  const work = withClient(ctx, subject, (client) => previewView(ctx, client, subject, intoUserId));
  return within(ctx, work, notAnswering);
}

export async function confirmRoleChange(
  ctx: Context,
  subject: Subject,
  nonce: string,
  inputs: Record<string, string>,
): Promise<InboxView> {
  const read = readRoleChange(inputs, emailKey(subject.contact.email) === null);
  if (!read.valid) return roleChangeView(ctx, subject, subject.contact, undefined, read.tried);
  return confirm(ctx, subject, { kind: 'role-change', nonce, intoContactId: null, given: read.given });
}

/** `warned`: the preview said that the two have nothing in common. */
export function confirmMerge(
  ctx: Context,
  subject: Subject,
  nonce: string,
  userId: string,
  warned: boolean,
  inputs: Record<string, string> = {},
): Promise<InboxView> {
  const take = chosenOfLead(inputs);
  const given = {
    ...{ email: null, externalId: null },
    ...(warned && { strangers: true as const }),
    ...(Object.keys(take).length > 0 && { take }),
  };
  return confirm(ctx, subject, { kind: 'merge', nonce, intoContactId: userId, given });
}

export function unarchiveUser(ctx: Context, subject: Subject, userId: string): Promise<InboxView> {
  const work = withClient(ctx, subject, async (client) => {
    const answer = await client.unarchive(userId);
    if (answer === 'gone') return previewView(ctx, client, subject);
    if (answer !== 'done') return cannotConvert(subject, { because: 'refused', message: answer.refused });
    const text = 'The archived user is back. Nothing else was changed.';
    return previewView(ctx, client, subject, userId, { tone: 'plain', text });
  });
  return within(ctx, work, notAnswering);
}

async function confirm(
  ctx: Context,
  subject: Subject,
  wanted: Pick<Conversion, 'kind' | 'nonce' | 'intoContactId' | 'given'>,
): Promise<InboxView> {
  const { outcome, conversion } = await beginConversion(ctx, {
    ...wanted,
    id: ctx.newId(),
    workspaceId: subject.workspaceId,
    contactId: subject.contact.id,
    personIds: subject.personIds,
    teammateId: subject.teammate.id,
    teammateName: subject.teammate.name,
  });
  const { conversions } = ctx.card;
  const work =
    outcome === 'begun'
      ? conversions.start(conversion.id, () => carryOut(ctx, subject, conversion))
      : (conversions.find(conversion.id) ?? outcomeOf(ctx, subject, conversion));
  return within(ctx, work, { screen: 'converting', contact: shown(subject) });
}

async function carryOut(ctx: Context, subject: Subject, conversion: Conversion): Promise<InboxView> {
  const view = await withClient(ctx, subject, async (client) => {
    const result = await carryOutConversion(ctx, client, conversion, false);
    if (result.outcome !== 'unanswered') return resultView(ctx, client, subject, result);
    const state = result.asked ? 'unsure' : 'failed';
    await markConversionFailed(ctx, conversion, state, result.failure.message);
    throw result.failure;
  });
  const { workspaceId, contactId, kind } = conversion;
  ctx.log.info({ workspaceId, contactId, kind, screen: view.screen }, 'a conversion was confirmed');
  return view;
}

/** A second press waits for the first one's outcome, in any process. */
async function outcomeOf(ctx: Context, subject: Subject, first: Conversion): Promise<InboxView> {
  const deadline = Date.now() + ctx.timing.conversionPatienceMs;
  let conversion: Conversion | null = first;
  while (conversion?.state === 'started' && Date.now() < deadline) {
    await ctx.sleep(pollEveryMs);
    conversion = await findConversion(ctx.database.db, first.workspaceId, first.id);
  }
  if (conversion?.state === 'done') return convertedView(ctx, subject, conversion);
  if (conversion?.state === 'started') return { screen: 'converting', contact: shown(subject) };
  return previewConversion(ctx, subject);
}

async function withClient(
  ctx: Context,
  subject: Subject,
  work: (client: ConversionClient) => Promise<InboxView>,
): Promise<InboxView> {
  const { workspaceId } = subject;
  try {
    return await work(await ctx.intercom.agents.conversionClient(workspaceId));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    ctx.log.warn({ err: error, workspaceId }, 'Intercom could not be reached');
    const { of, isFinal, isDenied, words, exchange } = troubleOf(error);
    // Another try would meet the same. A 403 is about the setup even where all work waits for it.
    if (isFinal || isDenied || exchange?.answer.status === 403)
      return cannotConvert(subject, { because: 'refused', message: words });
    return unavailable(ctx, subject, of);
  }
}

const retry = { do: 'start-conversion' } as const;
const notAnswering = { screen: 'unavailable', what: 'intercom', retry } as const;

async function unavailable(
  ctx: Context,
  { workspaceId, teammate }: Subject,
  of: TroubleOf,
): Promise<InboxView> {
  if (of === 'grant') {
    const way = await reconnection(ctx, workspaceId, teammate.id);
    return { screen: 'unavailable', what: 'intercom-token', retry, ...way };
  }
  return of === 'limit' ? { ...notAnswering, what: 'intercom-busy' } : notAnswering;
}

/** Shows `otherwise` after the longest wait for a teammate; the work continues. */
function within(ctx: Context, work: Promise<InboxView>, otherwise: InboxView): Promise<InboxView> {
  work.catch((error: unknown) => ctx.log.warn({ err: error }, 'a conversion step failed'));
  return withTimeout(ctx.timing.conversionPatienceMs, work, () => otherwise);
}
