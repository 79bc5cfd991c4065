// Every language says everything, with the same placeholders; and which language a locale means.
import { type MessageFormatElement, parse, TYPE } from '@formatjs/icu-messageformat-parser';
import { expect, test } from 'vitest';
import { formatAmount, formatDay } from '../../../src/domain/languages/formats.ts';
import { languageOf, languages } from '../../../src/domain/languages/language.ts';
import { messages, translate } from '../../../src/domain/languages/translate.ts';

const keys = Object.keys(messages.en) as (keyof typeof messages.en)[];

function placeholdersOf(elements: MessageFormatElement[]): string[] {
  const named = elements.flatMap((element): string[] => {
    if (element.type === TYPE.literal || element.type === TYPE.pound) return [];
    if (element.type === TYPE.plural || element.type === TYPE.select)
      return [
        element.value,
        ...Object.values(element.options).flatMap((option) => placeholdersOf(option.value)),
      ];
    return 'value' in element ? [String(element.value)] : [];
  });
  return [...new Set(named)].toSorted();
}

test.each(languages)('%s has every message, with the placeholders of the English one', (language) => {
  expect(Object.keys(messages[language])).toEqual(keys);
  const differing = keys.filter((key) => {
    const [own, english] = [language, 'en' as const].map((each) =>
      parse(messages[each][key], { ignoreTag: true }),
    );
    return String(placeholdersOf(own ?? [])) !== String(placeholdersOf(english ?? []));
  });
  expect(differing).toEqual([]);
});

test.each(languages)('%s has every plural form that its numbers need, and no empty message', (language) => {
  const needed = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
  const plurals = keys.flatMap((key) =>
    parse(messages[language][key], { ignoreTag: true }).flatMap((element) =>
      element.type === TYPE.plural ? [{ key, forms: Object.keys(element.options) }] : [],
    ),
  );
  // "many" is for millions in French, Spanish and Portuguese, and reads as "other" does.
  const lacking = plurals.filter(({ forms }) =>
    needed.some((form) => form !== 'many' && !forms.includes(form)),
  );
  expect(lacking).toEqual([]);
  expect(keys.filter((key) => messages[language][key].trim() === '')).toEqual([]);
});

test('words inside a plural are not taken for placeholders by the types', () => {
  // A word alone in braces would be asked for as a value: each form has `#` or a space.
  const bare = keys.filter((key) => /(?:one|other|=\d+) \{[^{}#\s]+\}/.test(messages.en[key]));
  expect(bare).toEqual([]);
});

test.each([
  ['en', /\b(buy|purchas|pay|paid|subscri|checkout|price)/i],
  ['de', /kauf|bezahl|\bzahl|abonn|preis/i],
  ['fr', /achet|achat|\bpai|\bpay|abonn|\bprix/i],
  ['es', /compra|\bpag[aou]|suscri|precio/i],
  ['pt', /compra[rs]?\b|\bpag[aou]|\bassin|preço/i],
] as const)('no message of the Messenger in %s names a purchase', (language, purchases) => {
  const ofMessenger = keys.filter((key) => key.startsWith('messenger.'));
  expect(ofMessenger.filter((key) => purchases.test(messages[language][key]))).toEqual([]);
});

test('a locale means its language, and an unknown one English', () => {
  const locales = ['pt-BR', 'pt_PT', 'DE', 'de-AT', 'fr-CA', 'es-419', 'en-GB', 'ja', '', null, 'klingon'];
  expect(locales.map(languageOf)).toEqual(['pt', 'pt', 'de', 'de', 'fr', 'es', 'en', 'en', 'en', 'en', 'en']);
});

test('plurals, dates and amounts follow the language, and values are never read as messages', () => {
  expect(translate('en', 'messenger.progress.joined', { count: 1 })).toBe('1 friend has joined');
  expect(translate('de', 'messenger.progress.joined', { count: 2 })).toBe('2 Personen sind dabei');
  expect(translate('fr', 'messenger.progress.joined', { count: 0 })).toBe('Aucun ami inscrit pour l’instant');
  expect(translate('en', 'messenger.sent', { name: '{count} <b>[x](y)' })).toBe(
    'Thank you. You referred {count} <b>[x](y).',
  );
  const at = new Date('2026-11-22T23:30:00Z');
  expect(formatDay('en', at, 'Europe/Berlin')).toBe('Nov 23, 2026');
  expect(formatDay('de', at, 'nowhere')).toBe('22. Nov. 2026');
  expect(formatAmount('en', '1234.50', 'EUR')).toBe('€1,234.50');
  expect(formatAmount('de', '10.00', 'EUR')).toBe('10,00\u00a0€');
  expect(formatAmount('pt', '500', null)).toBe('500');
});
