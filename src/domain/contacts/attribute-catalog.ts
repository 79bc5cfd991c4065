// Which attributes a contact has and their types, so that a rule that cannot work is refused when it is saved.
import { ownAttributes } from '../runs/write-back.ts';

/** `other` is a type that Intercom may add later: every operator is allowed on it. */
export type AttributeType = 'text' | 'number' | 'yes-no' | 'date' | 'tags' | 'other';

export type Attribute = {
  name: string;
  type: AttributeType;
  options: readonly string[] | null;
};

export type Tag = { id: string; name: string };

const custom = 'custom_attributes.';

const attributesOfType = (type: AttributeType, ...names: string[]): Attribute[] =>
  names.map((name) => ({ name, type, options: null }));

const devices = ['ios', 'android'].flatMap((system) => [
  ...attributesOfType(
    'text',
    ...['app_name', 'app_version', 'device', 'os_version', 'sdk_version'].map(
      (suffix) => `${system}_${suffix}`,
    ),
  ),
  ...attributesOfType('date', `${system}_last_seen_at`),
]);

/**
 * The attributes that every contact has, under the names that Intercom's search uses where it has one:
 * https://developers.intercom.com/docs/references/rest-api/api.intercom.io/contacts/searchcontacts
 */
export const standardAttributes: readonly Attribute[] = [
  { name: 'role', type: 'text', options: ['lead', 'user'] },
  { name: 'tags', type: 'tags', options: null },
  ...attributesOfType('text', 'name', 'email', 'phone', 'external_id', 'owner_id', 'language_override'),
  ...attributesOfType('text', 'browser', 'browser_version', 'browser_language', 'os'),
  ...attributesOfType('text', 'location.country', 'location.region', 'location.city'),
  ...attributesOfType(
    'text',
    'utm_campaign',
    'utm_content',
    'utm_medium',
    'utm_source',
    'utm_term',
    'referrer',
  ),
  ...attributesOfType('yes-no', 'unsubscribed_from_emails', 'marked_email_as_spam', 'has_hard_bounced'),
  ...attributesOfType(
    'date',
    'created_at',
    'signed_up_at',
    'updated_at',
    'last_seen_at',
    'last_contacted_at',
  ),
  ...attributesOfType('date', 'last_replied_at', 'last_email_opened_at', 'last_email_clicked_at'),
  ...devices,
];

export function customAttribute({
  name,
  dataType,
  options,
}: Pick<Attribute, 'name' | 'options'> & { dataType: string }): Attribute {
  return { name: `${custom}${name}`, type: types[dataType] ?? 'other', options };
}

const types: Readonly<Record<string, AttributeType>> = {
  string: 'text',
  options: 'text',
  integer: 'number',
  float: 'number',
  boolean: 'yes-no',
  date: 'date',
  datetime: 'date',
};

/** Written by this app itself: a rule on such an attribute would react to its own effects. */
export function isOwn(attribute: string): boolean {
  return attribute.startsWith(custom) && Object.hasOwn(ownAttributes, attribute.slice(custom.length));
}

/** The one of the known names that `input` is a misspelling of; null when none is near. */
export function nearest(input: string, known: readonly string[]): string | null {
  // The prefix that all custom attributes share says nothing about how near two names are.
  const wanted = (input.startsWith(custom) ? input.slice(custom.length) : input).toLowerCase();
  let best: { name: string; distance: number } | null = null;
  for (const name of known) {
    // `plan` stands for custom_attributes.plan, `Owner` for owner_id.
    const short = name.startsWith(custom) ? name.slice(custom.length) : name.replace(/_(id|at)$/, '');
    const spellings = [...new Set([name.toLowerCase(), short.toLowerCase()])];
    const distance = Math.min(...spellings.map((spelling) => distanceOf(wanted, spelling)));
    if (distance < (best?.distance ?? Infinity)) best = { name, distance };
  }
  // Two letters are half of a short word: "shoe" is not a misspelled "phone".
  const maxDistance = wanted.length < 5 ? 1 : Math.max(2, wanted.length / 4);
  return best !== null && best.distance <= maxDistance ? best.name : null;
}

/** `; did you mean "email"?`, to follow a sentence; empty when no known name is near. */
export function didYouMean(input: string, known: readonly string[]): string {
  const similar = nearest(input, known);
  return similar === null ? '' : `; did you mean ${JSON.stringify(similar)}?`;
}

/** How many letters were left out, added, mistaken, or exchanged with their neighbor. */
function distanceOf(first: string, second: string): number {
  const rows = [Array.from({ length: second.length + 1 }, (_, at) => at)];
  for (let row = 1; row <= first.length; row += 1) {
    const line = [row];
    const at = (rowsUp: number, column: number) => (rowsUp === 0 ? line : rows[row - rowsUp])?.[column] ?? 0;
    for (let column = 1; column <= second.length; column += 1) {
      const isSame = first[row - 1] === second[column - 1];
      const isExchanged =
        row > 1 &&
        column > 1 &&
        first[row - 1] === second[column - 2] &&
        first[row - 2] === second[column - 1];
      line.push(
        Math.min(
          at(1, column - 1) + (isSame ? 0 : 1),
          at(1, column) + 1,
          at(0, column - 1) + 1,
          isExchanged ? at(2, column - 2) + 1 : Infinity,
        ),
      );
    }
    rows.push(line);
  }
  return rows[first.length]?.[second.length] ?? 0;
}
