// Lines of CSV that any spreadsheet opens and none executes.

type Cell = string | number | boolean | Date | null;

/**
 * One record of RFC 4180, its line end included; dates as ISO 8601, null as nothing. A text that a spreadsheet would
 * take for a formula gets an apostrophe before it: https://owasp.org/www-community/attacks/CSV_Injection
 */
export function csvLine(values: readonly Cell[]): string {
  return `${values.map(cell).join(',')}\r\n`;
}

// The full-width ones are formulas in Japanese and Chinese spreadsheets.
const formulaStart = /^[=+\-@\t\r\n＝＋－＠]/;
const quoteNeeded = /[",\r\n]|^\s|\s$/;

function cell(value: Cell): string {
  if (value === null) return '';
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== 'string') return String(value);
  const harmless = formulaStart.test(value) ? `'${value}` : value;
  return quoteNeeded.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
