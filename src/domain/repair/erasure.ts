// The subject of an erasure, and the patterns that find its identifiers in texts about other people.

/** Identifiers of the erased person, kept only until the erasure is done. */
export type Sought = Record<'personIds' | 'contactIds' | 'emails' | 'externalIds' | 'names', string[]>;

export type ErasedCounts = Record<string, number>;

export function addErasedCounts(a: ErasedCounts, b: ErasedCounts): ErasedCounts {
  const tables = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  const counts = tables.map((table): [string, number] => [table, (a[table] ?? 0) + (b[table] ?? 0)]);
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}

/** PostgreSQL regular expressions; null when there is nothing to search for. */
export type Patterns = {
  /** Emails anywhere in a text, in any case. */
  emails: string | null;
  /** Only in fields about people, because these may be any word; the first group stays. */
  others: string | null;
  /** An email or external ID that makes the whole contact this person's. */
  contact: string | null;
};

const anyOf = (texts: readonly string[]) => `(?:${texts.map(escaped).join('|')})`;
const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

export function patternsFor({ emails, externalIds, names }: Sought): Patterns {
  const field = (keys: string, values: readonly string[]) =>
    values.length === 0 ? [] : [String.raw`("(?:${keys})"\s*:\s*")${anyOf(values.flatMap(inJson))}(?=")`];
  const key =
    externalIds.length === 0 ? [] : [String.raw`(\mexternal:)${anyOf(externalIds)}(?![[:alnum:]_-])`];
  const others = [
    ...field('[^"]*(?:[eE]xternal_?[iI]d|user_?[iI]d)', externalIds),
    ...field('[^"]*[rR]eferrer[^"]*', names),
    ...key,
  ];
  const contact = [...field('email', emails), ...field('external_id|user_id', externalIds)];
  return {
    emails:
      emails.length === 0
        ? null
        : String.raw`(?<![[:alnum:]._%+-])${anyOf(emails)}(?![[:alnum:]-]|\.[[:alnum:]])`,
    others: others.length === 0 ? null : others.join('|'),
    contact: contact.length === 0 ? null : contact.join('|'),
  };
}

/** As JSON writes it, with and without characters beyond ASCII. */
function inJson(text: string): string[] {
  const plain = JSON.stringify(text).slice(1, -1);
  const ascii = plain.replaceAll(
    /[^\u0020-\u007e]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return [...new Set([plain, ascii])];
}
