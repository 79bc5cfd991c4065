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
import { type MessengerRequest, readMessengerRequest } from '../../intercom/incoming/messenger-wire.ts';
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
import { handleCanvasCall } from '../from-intercom/canvas-call.ts';

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

export function messengerHandlers({ ctx, clientSecrets, observe }: MessengerDeps) {
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

  const handler = (call: MessengerCall) => (req: IncomingMessage, res: ServerResponse) =>
    handleCanvasCall<MessengerRequest, Answer | null>(
      {
        ...{ clientSecrets, answerWithinMs: ctx.timing.cardAnswerMs, read: readMessengerRequest },
        answer: (request) => answer(call, request),
        late: null,
        draw: (made, request) => JSON.stringify(made ?? calm(call, request)),
        observe: (made, seconds) =>
          observe(call, made === 'refused' ? made : made === null ? 'unavailable' : 'answered', seconds),
        logRefusal: (why) => ctx.log.info({ call, why }, 'a Messenger request was refused'),
      },
      req,
      res,
    );

  return messengerCalls.map((call) => ({ path: `/intercom/messenger/${call}`, handle: handler(call) }));
}

/** The campaign that a press names, for the sheet. */
export function campaignIn(componentId: string | null): string | null {
  const action: MessengerPress | null = componentId === null ? null : decodePress(componentId);
  return action !== null && 'campaignId' in action ? action.campaignId : null;
}
