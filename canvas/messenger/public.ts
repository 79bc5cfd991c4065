// What anyone may see: the public program, and why nothing personal is shown.

import type { Language } from '../../src/domain/languages/language.ts';
import { translate } from '../../src/domain/languages/translate.ts';
import { isWebUrl } from '../kit.ts';
import { headline, muted, openPage, type Part, press, promises, said } from './parts.ts';
import type { MessengerScreen, ProgramState } from './view.ts';

export function placeholder({ language }: MessengerScreen<'placeholder'>): Part[] {
  return [
    headline(null, translate(language, 'messenger.title')),
    muted(translate(language, 'messenger.placeholder')),
  ];
}

export function program({
  language,
  wording,
  state,
  promised,
  why,
  moreUrl,
}: MessengerScreen<'public'>): Part[] {
  const title = headline(wording.headline, translate(language, 'messenger.title'));
  const closed = closedWords(language, state);
  const whatToDo = translate(
    language,
    why === 'log-in' ? 'messenger.public.logIn' : 'messenger.public.unverified',
  );
  if (closed !== null) {
    // Who joined before still has a link and rewards to look at.
    return state === 'none' ? [title, muted(closed)] : [title, muted(closed), muted(whatToDo)];
  }
  const more =
    moreUrl !== null && isWebUrl(moreUrl)
      ? [openPage(translate(language, 'messenger.public.more'), { do: 'more' }, moreUrl, 'link')]
      : [];
  return [
    title,
    said(wording.intro, translate(language, 'messenger.intro')),
    ...promises(language, promised),
    muted(whatToDo),
    ...more,
  ];
}

export function off({ language }: MessengerScreen<'off'>): Part[] {
  return [muted(translate(language, 'messenger.off'))];
}

export function unavailable({ language }: MessengerScreen<'unavailable'>): Part[] {
  return [
    muted(translate(language, 'messenger.unavailable')),
    press(translate(language, 'messenger.tryAgain'), { do: 'home' }),
  ];
}

/** Null while people can join. */
export function closedWords(language: Language, state: ProgramState): string | null {
  return state === 'active' ? null : translate(language, `messenger.${state}`);
}
