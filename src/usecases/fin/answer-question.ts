// Answers Fin's questions from our own database: nothing outside is called, and what is not proven stays untold.
import type { Context } from '../../context.ts';
import { dayOf } from '../../domain/day.ts';
import {
  type FinAnswer,
  isKnown,
  linkAnswer,
  notFoundAnswer,
  type OwnLink,
  type ProgramFacts,
  programAnswer,
  rewardsAnswer,
  statusAnswer,
  unverifiedAnswer,
} from '../../domain/fin/answer.ts';
import { type Asker, identifyAsker, type NamedBy } from '../../domain/fin/identity.ts';
import type { PersonFacts } from '../../domain/fin/person-facts.ts';
import type { ConnectorName, FinOutcome, Question } from '../../domain/fin/question.ts';
import type { Speaker } from '../../domain/fin/speaker.ts';
import { speakerFor } from '../../domain/fin/speaker.ts';
import type { WorkspaceSettings } from '../../domain/workspace/settings.ts';
import { findAskersPeople, readPersonFacts, readPublicCampaigns } from '../../store/fin/fin-facts.ts';
import { type FinIdentity, findFinIdentity } from '../../store/fin/fin-identity.ts';
import { shareLinkOf } from '../program/share-links.ts';
import { checkUserToken } from '../workspace/user-tokens.ts';
import { requestContact } from './learn-contacts.ts';

export type FinRequest = {
  workspaceId: string;
  /** Null for a request that names in two ways what it may name once. */
  named: NamedBy | null;
  userToken: string | null;
  locale: string | null;
};

export type FinReply = { answer: FinAnswer; outcome: FinOutcome };

/** All that an answer needs to know of who asks. */
export type Asking = {
  workspaceId: string;
  asker: Asker;
  /** False when Intercom sent no ID. */
  isNamed: boolean;
  settings: WorkspaceSettings['fin'];
  timeZone: string;
  speaker: Speaker;
  program(): Promise<ProgramFacts>;
};

/** Rejects when the database does. */
export async function answerQuestion(
  ctx: Context,
  question: Question,
  request: FinRequest,
): Promise<FinReply> {
  const asking = await readAsking(ctx, request);
  const { asker, speaker, program } = asking;
  if (question === 'program') {
    const answer = programAnswer(speaker, await program(), asker.verified, ctx.now());
    return { answer, outcome: 'answered' };
  }
  if (!asker.verified) return notVerified(ctx, question, asking);
  const { facts } = await readOwnFacts(ctx, asking.workspaceId, asker);
  if (!isKnown(facts)) return { answer: notFoundAnswer(question, speaker, ctx.now()), outcome: 'not-found' };
  return { answer: await answerFrom(ctx, question, asking, facts), outcome: 'answered' };
}

async function answerFrom(
  ctx: Context,
  question: Exclude<Question, 'program'>,
  { speaker, timeZone, program }: Asking,
  facts: PersonFacts,
): Promise<FinAnswer> {
  switch (question) {
    case 'referral-status':
      return statusAnswer(speaker, facts, ctx.now());
    case 'rewards':
      return rewardsAnswer(speaker, facts, ctx.now());
    case 'my-link':
      return linkAnswer(speaker, linksOf(ctx, facts, timeZone), await program(), ctx.now());
  }
}

/** Without those of an outside platform that are not web addresses. */
export function linksOf(ctx: Context, { links }: PersonFacts, timeZone: string): OwnLink[] {
  return links.flatMap(({ campaign, code, link, standing, referred }) => {
    const url = shareLinkOf(ctx, { code, link });
    const isWebAddress = /^https?:\/\/[^\s<>"]+$/i.test(url) && URL.canParse(url);
    return isWebAddress ? [{ campaign, url, standing: { ...standing, timeZone }, referred }] : [];
  });
}

export async function notVerified(
  ctx: Context,
  name: ConnectorName,
  { speaker, program, isNamed }: Asking,
): Promise<FinReply> {
  const text = name === 'program' ? 'referral-status' : name;
  const answer = unverifiedAnswer(text, speaker, await program(), ctx.now());
  return { answer, outcome: isNamed ? 'unverified' : 'unnamed' };
}

const unnamed: NamedBy = { contactId: null, userId: null, email: null };

export async function readAsking(ctx: Context, request: FinRequest): Promise<Asking> {
  const { workspaceId, locale, userToken } = request;
  const named = request.named ?? unnamed;
  const isNamed = request.named === null || Object.values(named).some((name) => name !== null);
  const known = await findIdentity(ctx, workspaceId, named);
  if (known === null || !known.isInstalled) return strangerIn(ctx, request);
  const { settings, timeZone, identityVerification, sealedSecrets } = known;
  const token = checkUserToken(ctx, workspaceId, sealedSecrets, userToken);
  const terms = {
    identityVerification,
    requireUserToken: settings.require_user_token,
    oneTimePasscode: settings.one_time_passcode,
  };
  const asker = identifyAsker(named, known, token, terms);
  return {
    ...{ workspaceId, asker, isNamed, settings, timeZone },
    speaker: speakerFor(locale, timeZone),
    program: () => readProgram(ctx, workspaceId, timeZone),
  };
}

/** A contact that was never read is read in the background now, and the answer waits for it for a moment. */
async function findIdentity(ctx: Context, workspaceId: string, named: NamedBy): Promise<FinIdentity | null> {
  const { db } = ctx.database;
  let known = await findFinIdentity(db, workspaceId, named);
  if (known === null || !known.isInstalled || isEnough(named, known)) return known;
  if (!(await requestContact(ctx, workspaceId, named))) return known;
  for (let left = readingPatienceMs / lookEveryMs; left > 0; left -= 1) {
    await ctx.sleep(lookEveryMs);
    known = await findFinIdentity(db, workspaceId, named);
    if (known === null || isEnough(named, known)) break;
  }
  return known;
}

const lookEveryMs = 150;
const readingPatienceMs = 1_200;

function isEnough({ contactId, userId }: NamedBy, { isContactKnown, withExternalId }: FinIdentity): boolean {
  if (contactId !== null) return isContactKnown;
  return userId === null || withExternalId.length > 0;
}

/** A key outlives its workspace's installation until the workspace is erased: it gets nothing by then. */
async function strangerIn(ctx: Context, { workspaceId, locale }: FinRequest): Promise<Asking> {
  const speaker = speakerFor(locale, 'UTC');
  const settings = {
    require_user_token: false,
    one_time_passcode: false,
    resend_link: false,
    report_missing: false,
  };
  const program = { campaigns: [], total: 0, timeZone: 'UTC', publicUrl: ctx.config.publicUrl };
  return {
    ...{ workspaceId, asker: { verified: false }, isNamed: true, settings, timeZone: 'UTC', speaker },
    program: async () => program,
  };
}

async function readProgram(ctx: Context, workspaceId: string, timeZone: string): Promise<ProgramFacts> {
  const today = dayOf(ctx.now(), timeZone);
  const open = await readPublicCampaigns(ctx.database.db, workspaceId, today);
  return { ...open, timeZone, publicUrl: ctx.config.publicUrl };
}

export async function readOwnFacts(
  ctx: Context,
  workspaceId: string,
  asker: Extract<Asker, { verified: true }>,
): Promise<{ personIds: string[]; facts: PersonFacts }> {
  const { db } = ctx.database;
  const personIds = await findAskersPeople(db, workspaceId, asker);
  return { personIds, facts: await readPersonFacts(ctx.database.pool, workspaceId, personIds) };
}
