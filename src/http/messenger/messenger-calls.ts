// Intercom's five signed calls for the Messenger: a canvas for every one that can be read, whatever is down.
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  allCampaigns,
  configureInputs,
  configureSave,
  consentGiven,
  decodePress,
  friendInputs,
  type MessengerPress,
  type OwnScreenPress,
} from '../../../canvas/messenger/action.ts';
import {
  type ConfigureAnswer,
  type ContentAnswer,
  drawConfigure,
  drawContent,
  drawLive,
  drawPress,
  drawPublic,
  type InitializeAnswer,
  type PressAnswer,
  type StorableCanvas,
} from '../../../canvas/messenger/render.ts';
import type { Context } from '../../context.ts';
import { languageOf } from '../../domain/languages/language.ts';
import { Failure, statusOf } from '../../failure.ts';
import { type MessengerRequest, readMessengerRequest } from '../../intercom/messenger-wire.ts';
import { verifyBodySignature } from '../../intercom/signature.ts';
import {
  chosenBefore,
  configureView,
  finishConfiguring,
  nothingChosen,
  placementOf,
} from '../../usecases/messenger/configure.ts';
import type { MessengerVisit } from '../../usecases/messenger/member.ts';
import { type PressOutcome, pressOnCard, viewCard } from '../../usecases/messenger/messenger.ts';
import { ownScreenOf, withoutFriend } from '../../usecases/messenger/own-screens.ts';
import { contentUrl, referenceIn, screenIn, sealPlacement } from '../../usecases/messenger/placement.ts';
import type { FriendGiven } from '../../usecases/messenger/refer-friend.ts';
import { submitSheet } from '../../usecases/messenger/sheet.ts';
import { withTimeout } from '../../usecases/with-timeout.ts';
import { jsonIn, readRawBody } from '../from-intercom/raw-body.ts';

// As of the Inbox: Intercom documents no maximum.
const maxBodyBytes = 10 * 1024 * 1024;

export const messengerCalls = ['configure', 'initialize', 'submit', 'content', 'submit-sheet'] as const;
export type MessengerCall = (typeof messengerCalls)[number];

type Answer = InitializeAnswer | ConfigureAnswer | ContentAnswer | PressAnswer;
type Answering = (ctx: Context, request: MessengerRequest, storedData: StoredData) => Promise<Answer>;
type StoredData = { v: 1; card?: string };

export type MessengerDeps = {
  ctx: Context;
  clientSecrets: readonly string[];
  /** Called once for each answer, with its duration. */
  observe(call: MessengerCall, outcome: 'answered' | 'unavailable' | 'refused', seconds: number): void;
};

/** What is stored must be drawn of what has no person in it: only these two are, and their types demand it. */
const stored = {
  async configure(ctx, request): Promise<ConfigureAnswer> {
    const { workspaceId } = request;
    if (workspaceId === null) return { canvas: drawPublic({ screen: 'off', language: 'en' }, { v: 1 }) };
    if (request.componentId !== configureSave) {
      const chosen = chosenBefore(ctx, workspaceId, cardOf(request));
      const given =
        request.options.campaign === undefined ? chosen : { ...chosen, ...texts(request.options) };
      return { canvas: drawConfigure(await configureView(ctx, workspaceId, given), remembered(request)) };
    }
    const finished = await finishConfiguring(ctx, workspaceId, {
      ...nothingChosen,
      ...texts(request.inputs),
    });
    if ('screen' in finished) return { canvas: drawConfigure(finished, remembered(request)) };
    return { results: finished };
  },

  async initialize(
    ctx,
    { workspaceId, options, location, conversationId, locale },
  ): Promise<InitializeAnswer> {
    const language = languageOf(locale);
    if (workspaceId === null) return { canvas: drawPublic({ screen: 'off', language }, { v: 1 }) };
    // A Workflow that is being written; it asks again for each conversation.
    if (location === 'operator' && conversationId === null)
      return { canvas: drawPublic({ screen: 'placeholder', language }, { v: 1 }) };
    const card = sealPlacement(ctx, workspaceId, placementOf(options));
    return { canvas: drawLive(contentUrl(ctx, card), { v: 1, card }) };
  },
} satisfies Record<string, (ctx: Context, request: MessengerRequest) => Promise<ConfigureAnswer>>;

const answers: Record<MessengerCall, Answering> = {
  ...stored,

  async content(ctx, request) {
    const screen = screenIn(request.contentUrl);
    if (screen === null) return drawContent(await viewCard(ctx, visitOf(request)));
    return drawContent((await pressOnCard(ctx, visitOf(request), screen, friendIn(request))).view);
  },

  async submit(ctx, request, storedData) {
    const { workspaceId, componentId } = request;
    const action = componentId === null ? null : decodePress(componentId);
    // The card that asks for the person at every view, so that none stays in it.
    if (action?.do === 'home' && workspaceId !== null)
      return { canvas: live(ctx, workspaceId, storedData, null) };
    const outcome = await pressOnCard(ctx, visitOf(request), action, friendIn(request));
    return drawn(ctx, request, outcome, storedData);
  },

  async 'submit-sheet'(ctx, request, storedData) {
    const { nonce = '', name = '', email = '', words = '', consent = '' } = request.sheetValues;
    const given = { nonce, name, email, words, consent: consent === consentGiven };
    return drawn(ctx, request, await submitSheet(ctx, visitOf(request), given), storedData);
  },
};

/** What others would see there is drawn at each view instead, for the person who looks, or without names. */
function drawn(
  ctx: Context,
  request: MessengerRequest,
  { view, isCompleted }: PressOutcome,
  storedData: StoredData,
): PressAnswer {
  if (!isKept(request)) return drawPress(view, storedData, isCompleted);
  const { workspaceId } = request;
  const own = ownScreenOf(view);
  if (own === null || workspaceId === null) return drawPress(withoutFriend(view), storedData, isCompleted);
  const canvas = live(ctx, workspaceId, storedData, own === 'first' ? null : own);
  return isCompleted ? { canvas, event: { type: 'completed' } } : { canvas };
}

function live(
  ctx: Context,
  workspaceId: string,
  { card }: StoredData,
  screen: OwnScreenPress | null,
): StorableCanvas {
  const reference = card ?? sealPlacement(ctx, workspaceId, placementOf({ campaign: allCampaigns }));
  return drawLive(contentUrl(ctx, reference, screen), { v: 1, card: reference });
}

/** In a conversation Intercom keeps what a press brings, and shows it to all who take part. */
const isKept = ({ conversationId }: MessengerRequest) => conversationId !== null;

/** Whichever of the two came back. */
const cardOf = ({ contentUrl: url, storedData }: MessengerRequest) =>
  referenceIn(url) ?? storedData.card ?? null;

function remembered(request: MessengerRequest): StoredData {
  const card = cardOf(request);
  return card === null || card.length > 4_096 ? { v: 1 } : { v: 1, card };
}

function texts(given: Record<string, string>) {
  const { campaign, campaignName, headline, text } = configureInputs;
  return {
    campaign: given[campaign] || allCampaigns,
    campaignName: given[campaignName] ?? '',
    headline: given[headline] ?? '',
    text: given[text] ?? '',
  };
}

function friendIn({ inputs, ticked }: MessengerRequest): FriendGiven {
  return {
    name: inputs[friendInputs.name] ?? '',
    email: inputs[friendInputs.email] ?? '',
    words: inputs[friendInputs.words] ?? '',
    consent: ticked[friendInputs.consent]?.includes(consentGiven) === true,
  };
}

function visitOf(request: MessengerRequest): MessengerVisit {
  const { workspaceId, user, locale } = request;
  return { workspaceId, user, language: languageOf(locale), reference: cardOf(request) };
}

/** A calm canvas with a way back, in the shape that the call expects. */
function calm(call: MessengerCall, request: MessengerRequest): Answer {
  const view = { screen: 'unavailable' as const, language: languageOf(request.locale) };
  return call === 'content' ? drawContent(view) : { canvas: drawPublic(view, remembered(request)) };
}

/** Handlers that end the response themselves, because live canvases are a hot path. */
export function messengerHandlers({ ctx, clientSecrets, observe }: MessengerDeps) {
  async function readSigned(req: IncomingMessage): Promise<MessengerRequest> {
    const raw = await readRawBody(req, maxBodyBytes);
    const verified = verifyBodySignature(raw, req.headers['x-body-signature'], clientSecrets);
    if (verified !== 'valid') throw new Failure('unauthorized', `The signature is ${verified}.`);
    const request = readMessengerRequest(jsonIn(raw));
    if (request === null) throw new Failure('unreadable', 'The body is not a Canvas Kit request.');
    return request;
  }

  async function answer(call: MessengerCall, request: MessengerRequest): Promise<Answer | null> {
    try {
      return await answers[call](ctx, request, remembered(request));
    } catch (error) {
      ctx.log.error(
        { err: error, call, workspaceId: request.workspaceId },
        'a Messenger card could not be built',
      );
      return null;
    }
  }

  async function handle(call: MessengerCall, req: IncomingMessage, res: ServerResponse): Promise<void> {
    const began = performance.now();
    const took = () => (performance.now() - began) / 1000;
    try {
      const request = await readSigned(req);
      // The work continues and shows at the next view.
      const made = await withTimeout(ctx.timing.cardAnswerMs, answer(call, request), () => null);
      observe(call, made === null ? 'unavailable' : 'answered', took());
      sendJson(res, 200, JSON.stringify(made ?? calm(call, request)));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      observe(call, 'refused', took());
      // Log neither the body, which is personal data, nor a digest, which helps a forger.
      ctx.log.info({ call, why: error.message }, 'a Messenger request was refused');
      if (error.code === 'too-large' || error.code === 'unavailable') res.setHeader('Connection', 'close');
      sendJson(res, statusOf(error.code), '{}');
    }
  }

  return messengerCalls.map((call) => ({
    path: `/intercom/messenger/${call}`,
    handle: (req: IncomingMessage, res: ServerResponse) => handle(call, req, res),
  }));
}

/** What a press names, for tests and the sheet. */
export function campaignIn(componentId: string | null): string | null {
  const action: MessengerPress | null = componentId === null ? null : decodePress(componentId);
  return action !== null && 'campaignId' in action ? action.campaignId : null;
}

function sendJson(res: ServerResponse, status: number, body: string): void {
  res.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
  });
  res.end(body);
}
