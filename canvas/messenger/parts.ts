// Components that several screens of the Messenger share.
import type { Language } from '../../src/domain/languages/language.ts';
import { translate } from '../../src/domain/languages/translate.ts';
import type { Button, Component, MessengerAction } from '../components.ts';
import { button, openUrl, submit, text } from '../kit.ts';
import { safe } from '../text.ts';
import { encodePress, type MessengerPress } from './action.ts';
import type { Promised } from './view.ts';

export type Part = Component<MessengerAction>;

/** A teammate's or person's words: longer ones would make the card higher than half of the Messenger. */
const lengths = { headline: 60, words: 140, reward: 36 } as const;

export function press(label: string, action: MessengerPress, style: Button['style'] = 'secondary'): Part {
  return button({ id: encodePress(action), label, style, action: submit });
}

export function openPage(label: string, action: MessengerPress, url: string, style: Button['style']): Part {
  return button({ id: encodePress(action), label, style, action: openUrl(url) });
}

export const headline = (own: string | null, otherwise: string): Part =>
  text(safe(own, lengths.headline, otherwise), { style: 'header' });

export const said = (own: string | null, otherwise: string): Part =>
  text(safe(own, lengths.words, otherwise));

export const muted = (words: string): Part => text(words, { style: 'muted' });

export const back = (language: Language, action: MessengerPress = { do: 'home' }): Part =>
  press(translate(language, 'messenger.back'), action, 'link');

export const done = (language: Language): Part =>
  press(translate(language, 'messenger.done'), { do: 'home' }, 'link');

export const noticeLine = (notice: string | undefined): Part[] =>
  notice === undefined ? [] : [muted(notice)];

/** A line for each reward. */
export function promises(language: Language, { referrer, friend }: Promised): Part[] {
  const lines = [
    referrer === null
      ? null
      : translate(language, 'messenger.reward.you', { reward: safe(referrer, lengths.reward, '') }),
    friend === null
      ? null
      : translate(language, 'messenger.reward.friend', { reward: safe(friend, lengths.reward, '') }),
  ].filter((line) => line !== null);
  return lines.map((line, at) => text(line, at < lines.length - 1 ? { bottom_margin: 'none' } : {}));
}
