// The Messenger as Intercom runs it: cards that teammates put somewhere, seen and pressed by users, leads and visitors.

import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultBoard } from '../faults.ts';
import type { Answered, CanvasCalls, CanvasKind, Exchange } from '../inbox/canvas-calls.ts';
import { checkCanvas } from '../inbox/canvas-check.ts';
import type { CanvasLocation } from '../inbox/canvas-schemas.ts';
import { found } from '../inbox/inbox-api.ts';
import { settingsOf } from '../settings.ts';
import type { AppCard, CardPlace, World } from '../world.ts';
import {
  type Bodies,
  type Json,
  type Press,
  requestBodies,
  type Shown,
  type Spot,
  type Surroundings,
} from './bodies.ts';
import { endUserJson } from './people.ts';
import { type OpenedSheet, openSheetPage } from './sheet-check.ts';
import { encryptUser } from './sheet-token.ts';
import { personalWarnings } from './stored-canvas.ts';

/** Who looks at the Messenger, and how it is set for them. */
export type Viewer = { id: string; locale?: string | undefined; referrer?: string | undefined };

/** Where a teammate puts the app; `card_id` when an existing card is configured again. */
export type Where = {
  place: CardPlace;
  admin_id: string;
  conversation_id?: string | undefined;
  locale?: string | undefined;
  card_id?: string | undefined;
};

/** What the end user sees now; null where Intercom shows that something went wrong. */
export type Drawn = {
  exchanges: Exchange[];
  shown: Shown | null;
  /** Whether the app said that it is done. */
  completed: boolean;
};

export type Configured = { exchange: Exchange; shown: Shown | null; results: Json | null };

export type Messenger = {
  /** The first step of a configuration, or with `step` the next one. Results mean that it is over. */
  configure(where: Where, step?: Press & { shown: Shown }): Promise<Configured>;
  /** Initializes the app there and keeps the card; null when the app's answer cannot be drawn. */
  insert(
    where: Where,
    options: Json | null,
    text?: string,
  ): Promise<{ exchange: Exchange; card: AppCard | null }>;
  remove(cardId: string): void;
  /** The cards of a place that people see, in the order in which they were put there. */
  cards(place: CardPlace): AppCard[];
  /** Starts a Workflow for a contact: a conversation, with the card initialized again for it. */
  deliver(cardId: string, viewer: Viewer): Promise<{ exchange: Exchange; conversation_id: string | null }>;
  /** Opens a card; a live one asks the app. */
  view(cardId: string, viewer: Viewer): Promise<Drawn>;
  press(cardId: string, viewer: Viewer, shown: Shown, press: Press): Promise<Drawn>;
  /** What a press sends, for who wants to send something like it. */
  pressBody(cardId: string, viewer: Viewer, shown: Shown, press: Press): Json;
  /** The form field that a browser posts to a sheet's address. */
  sheetData(cardId: string, viewer: Viewer, shown: Shown, press: Press): string;
  /** Posts it without a browser. */
  openSheet(url: string, intercomData: string): Promise<OpenedSheet & { exchange: Exchange }>;
  submitSheet(cardId: string, viewer: Viewer, shown: Shown, values: Json): Promise<Drawn>;
};

export type MessengerDeps = {
  world: World;
  appUrl: () => string;
  clientSecret: string;
  calls: CanvasCalls;
  faults: FaultBoard;
};

const sheetPatienceMs = 10_000;
/** The page on which the Messenger is. */
const usualReferrer = 'https://northwind.example/account';

/** What the steps of the Messenger share. */
type Stage = MessengerDeps & { bodies: Bodies; ask: Ask };

export function createMessenger(deps: MessengerDeps): Messenger {
  const { world } = deps;
  const stage: Stage = { ...deps, bodies: requestBodies(world), ask: asking(deps) };
  return {
    configure: (where, step) => configure(stage, where, step),
    insert: (where, options, text = '') => insert(stage, where, options, text),
    remove: (cardId) => world.cards.remove(cardOf(stage, cardId).id),
    cards: (place) => world.cards.all().filter((card) => card.place === place && isOnShow(card)),
    deliver: (cardId, viewer) => deliver(stage, cardId, viewer),
    view: (cardId, viewer) => draw(stage, cardOf(stage, cardId), viewer, cardOf(stage, cardId).canvas),
    press: (cardId, viewer, shown, press) => sendPress(stage, cardId, viewer, shown, press),
    pressBody: (cardId, viewer, shown, press) => pressBody(stage, cardId, viewer, shown, press),
    sheetData: (cardId, viewer, shown, press) => sheetData(stage, cardId, viewer, shown, press),
    openSheet: (url, intercomData) => openSheet(stage, url, intercomData),
    submitSheet: (cardId, viewer, shown, values) => submitSheet(stage, cardId, viewer, shown, values),
  };
}

const around = ({ locale, referrer }: Pick<Viewer, 'locale' | 'referrer'>): Surroundings => ({
  locale: locale ?? 'en',
  referrer: referrer ?? usualReferrer,
});

const person = ({ world }: Stage, viewer: Viewer) => found(endUserJson(world, viewer.id), 'person');

const cardOf = ({ world }: Stage, id: string) => found(world.cards.get(id), 'card');

const adminOf = ({ world }: Stage, where: Where) => found(world.admins.get(where.admin_id), 'teammate');

const spotOf = ({ place, conversation_id }: AppCard): Spot => ({ place, conversation_id });

const spotIn = ({ place, conversation_id }: Where): Spot => ({
  place,
  conversation_id: conversation_id ?? null,
});

/** A Workflow's card is on show before it has been delivered to a conversation. */
const isOnShow = ({ draft, place, conversation_id }: AppCard) =>
  !draft && (place !== 'operator' || conversation_id === null);

/** What a press brings in a conversation stays there, for all who take part in it. */
const isShared = ({ world }: Stage, { conversation_id }: AppCard) =>
  (world.conversations.get(conversation_id ?? '')?.contact_ids.length ?? 0) > 1;

async function configure(
  stage: Stage,
  where: Where,
  step: (Press & { shown: Shown }) | undefined,
): Promise<Configured> {
  const edited = where.card_id === undefined ? undefined : cardOf(stage, where.card_id).canvas;
  const { exchange, answer } = await stage.ask('configure', {
    body: stage.bodies.configure(spotIn(where), around(where), adminOf(stage, where), step, edited),
    contact_id: null,
    component_id: step?.component_id ?? null,
  });
  const { canvas = null, results = null } = Object(answer);
  return { exchange, shown: canvas, results };
}

function initialize(stage: Stage, where: Where, options: Json | null, fromReply: boolean): Promise<Answered> {
  const admin = fromReply ? adminOf(stage, where) : null;
  return stage.ask('initialize', {
    body: stage.bodies.initialize(spotIn(where), around(where), options, admin),
    contact_id: null,
    stored: true,
  });
}

async function insert(stage: Stage, where: Where, options: Json | null, text: string) {
  const { world } = stage;
  adminOf(stage, where);
  const { exchange, answer } = await initialize(stage, where, options, where.place === 'conversation');
  if (answer === null) return { exchange, card: null };
  const known = where.card_id === undefined ? undefined : cardOf(stage, where.card_id);
  const card = world.cards.put({
    id: known?.id ?? world.newNumericId(),
    place: where.place,
    draft: where.place === 'conversation',
    conversation_id: where.conversation_id ?? null,
    text: text || (known?.text ?? ''),
    options,
    canvas: Object(answer).canvas,
    admin_id: where.admin_id,
    created_at: known?.created_at ?? world.now(),
  });
  return { exchange, card };
}

async function deliver(stage: Stage, cardId: string, viewer: Viewer) {
  const { world } = stage;
  const { options, admin_id, text } = cardOf(stage, cardId);
  const conversation_id = world.newNumericId();
  const where: Where = { place: 'operator', admin_id, conversation_id, locale: viewer.locale };
  const { exchange, answer } = await initialize(stage, where, options, false);
  if (answer === null) return { exchange, conversation_id: null };
  const { canvas } = Object(answer);
  startWorkflow(world, viewer.id, { conversation_id, options, text, admin_id, canvas });
  return { exchange, conversation_id };
}

/** Asks for what a live canvas shows now; a stored one shows what it has. */
async function draw(stage: Stage, card: AppCard, viewer: Viewer, canvas: Shown): Promise<Drawn> {
  if (canvas.content_url === undefined) return { exchanges: [], shown: canvas, completed: false };
  const { exchange, answer } = await stage.ask('content', {
    url: canvas.content_url,
    body: stage.bodies.content(spotOf(card), around(viewer), person(stage, viewer), canvas),
    contact_id: viewer.id,
  });
  const shown = answer === null ? null : { ...canvas, content: Object(answer).content };
  return { exchanges: [exchange], shown, completed: false };
}

/** Shows what the answer to a press brings. */
async function follow(
  stage: Stage,
  { exchange, answer }: Answered,
  card: AppCard,
  viewer: Viewer,
): Promise<Drawn> {
  if (answer === null) return { exchanges: [exchange], shown: null, completed: false };
  const { canvas, event } = Object(answer);
  // A conversation keeps what its cards show; Home and a message open with their stored canvas again.
  if (card.conversation_id !== null) stage.world.cards.put({ ...cardOf(stage, card.id), canvas });
  const drawn = await draw(stage, card, viewer, canvas);
  return { ...drawn, exchanges: [exchange, ...drawn.exchanges], completed: event?.type === 'completed' };
}

function pressBody(stage: Stage, cardId: string, viewer: Viewer, shown: Shown, press: Press): Json {
  const spot = spotOf(cardOf(stage, cardId));
  return stage.bodies.submit(spot, around(viewer), person(stage, viewer), shown, press);
}

async function sendPress(
  stage: Stage,
  cardId: string,
  viewer: Viewer,
  shown: Shown,
  press: Press,
): Promise<Drawn> {
  const card = cardOf(stage, cardId);
  const answered = await stage.ask('submit', {
    body: pressBody(stage, cardId, viewer, shown, press),
    contact_id: viewer.id,
    component_id: press.component_id,
    stored: isShared(stage, card),
  });
  return follow(stage, answered, card, viewer);
}

function sheetData(stage: Stage, cardId: string, viewer: Viewer, shown: Shown, press: Press): string {
  const user = encryptUser(stage.clientSecret, person(stage, viewer));
  const spot = spotOf(cardOf(stage, cardId));
  return JSON.stringify(stage.bodies.sheet(spot, around(viewer), user, shown, press));
}

async function openSheet({ calls }: Stage, url: string, intercomData: string) {
  const started = performance.now();
  const opened = await openSheetPage(url, intercomData, sheetPatienceMs);
  const exchange = calls.keep({
    surface: 'messenger',
    kind: 'sheet',
    url,
    contact_id: null,
    component_id: null,
    signature: null,
    status: opened.status,
    ms: Math.round(performance.now() - started),
    ok: opened.problems.length === 0,
    problems: opened.problems,
    warnings: [],
    request: intercomData,
    response: opened.html,
  });
  return { ...opened, exchange };
}

async function submitSheet(
  stage: Stage,
  cardId: string,
  viewer: Viewer,
  shown: Shown,
  values: Json,
): Promise<Drawn> {
  const card = cardOf(stage, cardId);
  const user = person(stage, viewer);
  const answered = await stage.ask('submit-sheet', {
    body: stage.bodies.submitSheet(spotOf(card), around(viewer), user, shown, values),
    contact_id: viewer.id,
    stored: isShared(stage, card),
  });
  return follow(stage, answered, card, viewer);
}

type Question = {
  url?: string;
  body: Json;
  contact_id: string | null;
  component_id?: string | null;
  /** Whether Intercom keeps the answer and shows it to others than this person. */
  stored?: boolean;
};

type Ask = (kind: Exclude<CanvasKind, 'sheet'>, question: Question) => Promise<Answered>;

/** Sends a request as often, as late, and with such luck as the faults and the mood want. */
function asking({ world, appUrl, calls, faults }: MessengerDeps): Ask {
  return async (kind, question) => {
    const fault = faults.nextMessenger(kind);
    if (fault?.kind === 'delay') await sleep(fault.ms);
    const location: CanvasLocation = kind === 'configure' ? 'configure' : 'messenger';
    const wanted = {
      surface: 'messenger' as const,
      kind,
      url: question.url ?? `${appUrl()}/intercom/messenger/${kind}`,
      body: question.body,
      contact_id: question.contact_id,
      component_id: question.component_id ?? null,
      check: (answer: unknown) => {
        const verdict = checkCanvas(answer, location, kind);
        if (!question.stored || verdict.problems.length > 0) return verdict;
        return { ...verdict, warnings: [...verdict.warnings, ...personalWarnings(world, answer)] };
      },
    };
    const isPress = kind === 'submit' || kind === 'submit-sheet';
    const copies = fault?.kind === 'duplicate' ? 2 : isPress ? settingsOf(world).canvas_copies : 1;
    // Which answer counts where two come is not documented: here, the last one sent.
    const answers = await Promise.all(Array.from({ length: copies }, () => calls.call(wanted)));
    const last = answers.at(-1) as Answered;
    return fault?.kind === 'lose-answer' ? { ...last, answer: null } : last;
  };
}

type Delivered = Pick<AppCard, 'options' | 'text' | 'admin_id' | 'canvas'> & { conversation_id: string };

function startWorkflow(world: World, contactId: string, { conversation_id, text, ...card }: Delivered): void {
  const now = world.now();
  const kept = world.cards.put({
    ...card,
    id: world.newNumericId(),
    place: 'operator',
    draft: false,
    conversation_id,
    text: '',
    created_at: now,
  });
  const bot = { type: 'bot' as const, id: '7310099', name: 'Fin' };
  world.conversations.put({
    id: conversation_id,
    contact_ids: [contactId],
    title: null,
    source_type: 'conversation',
    open: true,
    read: true,
    admin_assignee_id: null,
    created_at: now,
    updated_at: now,
    parts: [
      { id: world.newNumericId(), author: bot, body: text && `<p>${text}</p>`, created_at: now },
      { id: world.newNumericId(), author: bot, body: '', created_at: now, card_id: kept.id },
    ],
  });
}
