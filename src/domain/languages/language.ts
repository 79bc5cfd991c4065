// The languages in which end users are addressed, and which of them a locale means.

export const languages = ['en', 'de', 'fr', 'es', 'pt'] as const;
export type Language = (typeof languages)[number];

/** In the language itself. */
export const languageNames: Record<Language, string> = {
  en: 'English',
  de: 'Deutsch',
  fr: 'Français',
  es: 'Español',
  pt: 'Português (Brasil)',
};

/** `pt-BR` and `pt_BR` are Portuguese; a locale that is unknown or missing is English. */
export function languageOf(locale: string | null | undefined): Language {
  const [language] = (locale ?? '').trim().toLowerCase().split(/[-_]/);
  return languages.find((known) => known === language) ?? 'en';
}
