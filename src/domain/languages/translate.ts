// Says a message in a language: messages/ has a file of ICU messages for each.
import { IntlMessageFormat } from 'intl-messageformat';
import type { Language } from './language.ts';
import { de } from './messages/de.ts';
import { en } from './messages/en.ts';
import { es } from './messages/es.ts';
import { fr } from './messages/fr.ts';
import { pt } from './messages/pt.ts';

export type MessageKey = keyof typeof en;

/** A key that a language lacks, or has alone, does not compile. */
export const messages: Record<Language, Record<MessageKey, string>> = { en, de, fr, es, pt };

/** The names in braces. Words inside a plural are none, because they have a space or `#`. */
type Placeholder<Message extends string> = Message extends `${string}{${infer Rest}`
  ? Named<Rest> | Placeholder<Rest>
  : never;
type Named<Rest extends string> = Rest extends `${infer Inside}}${string}`
  ? Inside extends `${infer Name},${string}`
    ? Identifier<Name>
    : Identifier<Inside>
  : never;
type Identifier<Text extends string> = Text extends `${string}${' ' | '#' | '{'}${string}` | ''
  ? never
  : Text;

/** Text goes in as it is: it is never read as a message. */
export type MessageValues<Key extends MessageKey> = Record<Placeholder<(typeof en)[Key]>, string | number>;

type ValuesOf<Key extends MessageKey> = [Placeholder<(typeof en)[Key]>] extends [never]
  ? []
  : [values: MessageValues<Key>];

// Reading a message costs a hundred times as much as saying it.
const read = new Map<string, IntlMessageFormat>();

export function translate<Key extends MessageKey>(
  language: Language,
  key: Key,
  ...[values]: ValuesOf<Key>
): string {
  const message = messages[language][key];
  if (values === undefined && !message.includes('{')) return message;
  const name = `${language} ${key}`;
  const format = read.get(name) ?? new IntlMessageFormat(message, language, undefined, { ignoreTag: true });
  read.set(name, format);
  return String(format.format(values));
}
