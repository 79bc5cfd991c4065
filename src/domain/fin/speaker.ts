// Speaks the language and the time zone of one answer.
import { dayOf } from '../day.ts';
import { formatDay } from '../languages/formats.ts';
import { languageOf } from '../languages/language.ts';
import { type MessageKey, type MessageValues, translate } from '../languages/translate.ts';

export type FinMessage = Extract<MessageKey, `fin.${string}`>;

type Say = <Key extends FinMessage>(
  key: Key,
  ...values: [keyof MessageValues<Key>] extends [never] ? [] : [MessageValues<Key>]
) => string;

export type Speaker = {
  say: Say;
  /** As the language writes it. */
  day(at: Date): string;
  /** `2026-05-03` */
  isoDay(at: Date): string;
};

export function speakerFor(locale: string | null, timeZone: string): Speaker {
  const language = languageOf(locale);
  const say = translate.bind(null, language) as Say;
  return {
    say,
    day: (at) => formatDay(language, at, timeZone),
    isoDay: (at) => dayOf(at, timeZone),
  };
}
