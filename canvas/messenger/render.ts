// Draws the Messenger's screens. Only what is drawn of a `PublicView` can be stored: the types say so.

import { translate } from '../../src/domain/languages/translate.ts';
import type { Canvas, LiveCanvas, MessengerAction, StoredData } from '../components.ts';
import { canvas, liveCanvas } from '../kit.ts';
import { configure } from './configure.ts';
import { choose, closed, friends, join, myLink, progress, rewards } from './own.ts';
import { muted, type Part, press } from './parts.ts';
import { off, placeholder, program, unavailable } from './public.ts';
import { limit, referFriend, sent } from './refer.ts';
import type { ConfigureView, MessengerScreen, MessengerView, PersonalView, PublicView } from './view.ts';

declare const storable: unique symbol;
/**
 * Intercom stores it when the card is put somewhere, and shows it to everyone. Made only here, of a view that has no
 * field about a person, or of an address.
 */
export type StorableCanvas = (Canvas<MessengerAction> | LiveCanvas) & { readonly [storable]: true };

/** For one person, at one view or press. */
export type PersonalCanvas = Canvas<MessengerAction> | LiveCanvas;

export type InitializeAnswer = { readonly canvas: StorableCanvas };
export type ConfigureAnswer = InitializeAnswer | { readonly results: Readonly<Record<string, string>> };
export type ContentAnswer = { readonly content: Canvas<MessengerAction>['content'] };
export type PressAnswer = {
  readonly canvas: PersonalCanvas;
  readonly event?: { readonly type: 'completed' };
};

const asStorable = (drawn: Canvas<MessengerAction> | LiveCanvas) => drawn as StorableCanvas;

export function drawPublic(view: PublicView, storedData: StoredData): StorableCanvas {
  return asStorable(withinLimit(view, storedData));
}

export function drawConfigure(view: ConfigureView, storedData: StoredData): StorableCanvas {
  return asStorable(canvas<MessengerAction>(configure(view), storedData));
}

/** `contentUrl` is asked at every view, for the person who looks. */
export function drawLive(contentUrl: string, storedData: StoredData): StorableCanvas {
  return asStorable(liveCanvas(contentUrl, storedData));
}

export function drawContent(view: MessengerView): ContentAnswer {
  return { content: withinLimit(view, {}).content };
}

/** Referring and joining are what Workflows and reports call complete. */
export function drawPress(view: MessengerView, storedData: StoredData, isCompleted: boolean): PressAnswer {
  const drawn = { canvas: withinLimit(view, storedData) };
  return isCompleted ? { ...drawn, event: { type: 'completed' } } : drawn;
}

const publicScreens: { [K in PublicView['screen']]: (view: MessengerScreen<K>) => Part[] } = {
  placeholder,
  public: program,
  off,
  unavailable,
};
const personalScreens: { [K in PersonalView['screen']]: (view: MessengerScreen<K>) => Part[] } = {
  link: myLink,
  choose,
  join,
  closed,
  progress,
  rewards,
  friends,
  refer: referFriend,
  sent,
  limit,
};
const screens = { ...publicScreens, ...personalScreens };

export const messengerScreenNames = Object.keys(screens);
export const publicScreenNames = Object.keys(publicScreens);

function draw<K extends MessengerView['screen']>(view: MessengerScreen<K>): Part[] {
  return (screens as { [Name in K]: (view: MessengerScreen<Name>) => Part[] })[view.screen as K](view);
}

function withinLimit(view: MessengerView, storedData: StoredData): Canvas<MessengerAction> {
  try {
    return canvas(draw(view), storedData);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const { language } = view;
    return canvas<MessengerAction>(
      [
        muted(translate(language, 'messenger.unavailable')),
        press(translate(language, 'messenger.tryAgain'), { do: 'home' }),
      ],
      storedData,
    );
  }
}
