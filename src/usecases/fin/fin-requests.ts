// What Fin asks to be done: a share link sent again, or a missing referral reported. Once in each conversation.
import { createHash } from 'node:crypto';
import type { Context } from '../../context.ts';
import { allows } from '../../domain/campaigns/campaign-state.ts';
import { dayOf, startOfDay } from '../../domain/day.ts';
import { isKnown, notFoundAnswer, requestAnswer } from '../../domain/fin/answer.ts';
import type { Asker } from '../../domain/fin/identity.ts';
import type { PersonFacts } from '../../domain/fin/person-facts.ts';
import { type FinPurpose, requestsPerDay, workspaceRequestsPerDay } from '../../domain/fin/question.ts';
import { saidText, spokenText } from '../../domain/fin/spoken-text.ts';
import { readEmail } from '../../domain/identity.ts';
import { subjectInIntercom } from '../../domain/runs/run.ts';
import { byFin } from '../../domain/workspace/audit.ts';
import { attemptsFor } from '../../domain/workspace/settings.ts';
import type { Tx } from '../../store/database.ts';
import { insertMissingReview } from '../../store/enrollment/reviews.ts';
import { claimFinRequest, findCampaignOfPeople } from '../../store/fin/fin-requests.ts';
import { readSettings } from '../../store/workspace/settings.ts';
import { planRun } from '../runs/plan-run.ts';
import { recordAudit } from '../workspace/record-audit.ts';
import {
  type Asking,
  type FinReply,
  type FinRequest,
  linksOf,
  notVerified,
  readAsking,
  readOwnFacts,
} from './answer-question.ts';

export type FinWish = FinRequest & {
  conversationId: string | null;
  friendEmail: string | null;
  /** What the customer said. */
  said: string;
};

type Proven = Extract<Asker, { verified: true }>;

/** What a verified person of the program may request, and all that is known of them. */
type Requesting = { asking: Asking; asker: Proven; personId: string; campaignId: string; facts: PersonFacts };

/** Rejects when the database does. */
export async function doRequest(ctx: Context, purpose: FinPurpose, wish: FinWish): Promise<FinReply> {
  const asking = await readAsking(ctx, wish);
  const { asker, settings, speaker, workspaceId } = asking;
  if (!asker.verified) return notVerified(ctx, purpose, asking);
  const isOffered = purpose === 'resend-link' ? settings.resend_link : settings.report_missing;
  if (!isOffered)
    return reply(ctx, purpose, speaker.say('fin.notOffered'), { ...refused, reason_code: 'not_offered' });
  const { personIds, facts } = await readOwnFacts(ctx, workspaceId, asker);
  const place = await findCampaignOfPeople(ctx.database.db, workspaceId, personIds);
  if (!isKnown(facts) || place === null)
    return { answer: notFoundAnswer(purpose, speaker, ctx.now()), outcome: 'not-found' };
  const requesting = { asking, asker, facts, ...place };
  return purpose === 'resend-link' ? resendLink(ctx, wish, requesting) : reportMissing(ctx, wish, requesting);
}

const refused = { done: false, next_step: 'ask_a_teammate' as const };

function reply(
  ctx: Context,
  purpose: FinPurpose,
  text: string,
  outcome: Parameters<typeof requestAnswer>[2],
): FinReply {
  return { answer: requestAnswer(purpose, text, outcome, ctx.now()), outcome: 'answered' };
}

/** Tracks an event on the contact, which a message in Intercom is sent on; the answer has the link, too. */
async function resendLink(ctx: Context, wish: FinWish, requesting: Requesting): Promise<FinReply> {
  const { asking, asker, facts } = requesting;
  const { speaker, timeZone } = asking;
  const open = linksOf(ctx, facts, timeZone).find(({ standing }) => allows(standing, 'join', ctx.now()));
  if (!open)
    return reply(ctx, 'resend-link', speaker.say('fin.link.none'), { ...refused, reason_code: 'no_link' });
  const link = open.url;
  const outcome = await once(ctx, 'resend-link', wish, requesting, (tx, id) =>
    asker.contactId === null ? undefined : planResend(ctx, tx, wish.workspaceId, asker.contactId, id),
  );
  if (outcome === 'too-many') return tooMany(ctx, 'resend-link', asking);
  const word = outcome === 'new' && asker.contactId !== null ? 'fin.link.sent' : 'fin.link.sentBefore';
  const text =
    asker.contactId === null
      ? speaker.say('fin.link', { campaign: spokenText(open.campaign), link })
      : speaker.say(word, { link });
  return reply(ctx, 'resend-link', text, { done: true, reason_code: 'ok', next_step: 'share_link', link });
}

async function planResend(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  contactId: string,
  id: string,
): Promise<void> {
  await planRun(ctx, tx, {
    ...{ workspaceId, subject: subjectInIntercom(contactId), contactId },
    deduplicationKey: `resend-link:${id}`,
    work: { kind: 'resend-link', contactId, at: ctx.now().toISOString() },
    cause: 'The customer requested their link through Fin',
    maxAttempts: attemptsFor('resend-link', await readSettings(tx, workspaceId), null),
  });
}

async function reportMissing(ctx: Context, wish: FinWish, requesting: Requesting): Promise<FinReply> {
  const { asking, personId, campaignId } = requesting;
  const { speaker } = asking;
  const email = readEmail(wish.friendEmail ?? '');
  const said = saidText(wish.said);
  const outcome = await once(ctx, 'missing-referral', wish, requesting, async (tx) => {
    const id = ctx.newId();
    await insertMissingReview(tx, wish.workspaceId, {
      ...{ id, reporterId: personId, campaignId, askedAt: ctx.now() },
      friendEmail: 'value' in email ? email.value : null,
      said: said === '' ? null : said,
      why: 'A customer reported a missing referral through Fin',
    });
    await recordAudit(ctx, tx, wish.workspaceId, byFin, 'review.report_missing', id, {});
  });
  if (outcome === 'too-many') return tooMany(ctx, 'missing-referral', asking);
  const text = speaker.say(outcome === 'new' ? 'fin.missing.reported' : 'fin.missing.reportedBefore');
  return reply(ctx, 'missing-referral', text, { done: true, reason_code: 'reported', next_step: 'wait' });
}

function tooMany(ctx: Context, purpose: FinPurpose, { speaker }: Asking): FinReply {
  const text = speaker.say('fin.tooMany');
  return reply(ctx, purpose, text, { ...refused, reason_code: 'limit_of_requests' });
}

/** Without a conversation's id, once a day. */
function once(
  ctx: Context,
  purpose: FinPurpose,
  { workspaceId, conversationId }: FinWish,
  { asking: { timeZone }, asker, personId }: Requesting,
  act: (tx: Tx, id: string) => Promise<void> | undefined,
) {
  const now = ctx.now();
  const today = dayOf(now, timeZone);
  const who = asker.contactId ?? asker.externalId ?? '';
  const about = JSON.stringify([conversationId ?? today, who]);
  const deduplicationKey = createHash('sha256').update(about).digest('base64url');
  const id = ctx.newId();
  return ctx.database.transaction(async (tx) => {
    const request = { id, purpose, personId, deduplicationKey, at: now };
    const limits = {
      since: startOfDay(today, timeZone),
      person: requestsPerDay[purpose],
      workspace: workspaceRequestsPerDay,
    };
    const claimed = await claimFinRequest(tx, workspaceId, request, limits);
    if (claimed === 'new') {
      await act(tx, id);
      if (purpose === 'resend-link')
        await recordAudit(ctx, tx, workspaceId, byFin, 'referrer.resend_link', personIdOf(personId), {});
    }
    return claimed;
  });
}

const personIdOf = (id: string) => ({ type: 'person' as const, id });
