// Days, amounts and numbers as a language writes them.
import type { Language } from './language.ts';

// Creating a formatter costs a hundred times as much as using it.
const days = new Map<string, Intl.DateTimeFormat>();
const amounts = new Map<string, Intl.NumberFormat>();

/** "Nov 22, 2026", "22. Nov. 2026": the date in an IANA time zone; in UTC when the zone is unknown. */
export function formatDay(language: Language, at: Date, timeZone: string): string {
  const name = `${language} ${timeZone}`;
  const format = days.get(name) ?? dayFormat(language, timeZone);
  days.set(name, format);
  return format.format(at);
}

/** An exact amount as domain/rewards/amount.ts stores it: "€10.00", "10,00 €"; "500" without a currency. */
export function formatAmount(language: Language, amount: string, currency: string | null): string {
  const name = `${language} ${currency}`;
  const format = amounts.get(name) ?? amountFormat(language, currency);
  amounts.set(name, format);
  // As text it stays exact; the type of `format` only lacks it.
  return format.format(amount as `${number}`);
}

function dayFormat(language: Language, timeZone: string): Intl.DateTimeFormat {
  const style = { year: 'numeric', month: 'short', day: 'numeric' } as const;
  try {
    return new Intl.DateTimeFormat(language, { ...style, timeZone });
  } catch {
    return new Intl.DateTimeFormat(language, { ...style, timeZone: 'UTC' });
  }
}

function amountFormat(language: Language, currency: string | null): Intl.NumberFormat {
  if (currency === null) return new Intl.NumberFormat(language);
  return new Intl.NumberFormat(language, { style: 'currency', currency, currencyDisplay: 'narrowSymbol' });
}
