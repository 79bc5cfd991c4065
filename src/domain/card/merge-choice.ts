// Conflicting attributes that a rule names: the teammate chooses which value the merged user has.
import type { AttributeValue } from '../contacts/contact-draft.ts';
import type { Facts } from '../qualification/notification.ts';
import { attributesOf, type RuleDefinition } from '../qualification/rule.ts';
import { isEmpty, isWritten } from '../values.ts';
import { attribute, type ContactRecord, shown } from './conversion.ts';

/** In words; the digest of both values tells a later press whether they are still the same. */
export type MergeChoice = { name: string; lead: string; user: string; digest: string };

/** By attribute: the lead's value to write, unless the user has neither it nor `instead` by then. */
export type KeptValues = Record<string, { chosen: AttributeValue; instead: AttributeValue }>;

const custom = 'custom_attributes.';
/** A form of a card; further ones keep the user's value, as Intercom does. */
const maxChoices = 10;

export function conflictsThatDecide(
  lead: ContactRecord,
  user: ContactRecord,
  rules: readonly { definition: RuleDefinition }[],
  timeZone: string,
): Omit<MergeChoice, 'digest'>[] {
  const named = rules
    .flatMap(({ definition }) => attributesOf(definition))
    .flatMap((name) => (name.startsWith(custom) ? [name.slice(custom.length)] : []));
  return [...new Set(named)]
    .filter((name) => isConflict(attribute(lead, name), attribute(user, name)))
    .slice(0, maxChoices)
    .map((name) => ({
      name,
      lead: shown(name, attribute(lead, name), timeZone) ?? '',
      user: shown(name, attribute(user, name), timeZone) ?? '',
    }));
}

const isConflict = (lead: AttributeValue, user: AttributeValue) =>
  !isEmpty(lead) && !isEmpty(user) && !isWritten(lead, user);

const inputPrefix = 'keep.';
const ofLead = 'lead.';

export const choiceInput = (name: string) => `${inputPrefix}${name}`;
export const leadOption = ({ digest }: Pick<MergeChoice, 'digest'>) => `${ofLead}${digest}`;

/** The attributes for which the lead's value was chosen, each with the digest of what was seen. */
export function chosenOfLead(inputs: Record<string, string>): Record<string, string> {
  const chosen = Object.entries(inputs).filter(
    ([id, option]) => id.startsWith(inputPrefix) && option.startsWith(ofLead),
  );
  return Object.fromEntries(
    chosen
      .slice(0, maxChoices)
      .map(([id, option]) => [id.slice(inputPrefix.length), option.slice(ofLead.length)]),
  );
}

/** What is still to be written to a user with these attributes: what someone changed since the merge stays. */
export function valuesToWrite(
  kept: KeptValues,
  user: Pick<ContactRecord, 'customAttributes'>,
): Record<string, AttributeValue> {
  return Object.fromEntries(
    Object.entries(kept).flatMap(([name, { chosen, instead }]) =>
      isWritten(instead, attribute(user, name)) ? [[name, chosen]] : [],
    ),
  );
}

export const hasKeptValues = (kept: KeptValues, user: Pick<ContactRecord, 'customAttributes'>) =>
  Object.entries(kept).every(([name, { chosen }]) => isWritten(chosen, attribute(user, name)));

/** The state of a contact as it is with the chosen values, where it does not show them yet. */
export function withKeptValues<C extends { facts: Facts; updatedAt: Date | null }>(
  contact: C,
  open: readonly { keep: KeptValues; until: Date | null }[],
): C {
  const applying = open.filter(
    ({ until }) => until === null || (contact.updatedAt !== null && contact.updatedAt <= until),
  );
  const values = applying.flatMap(({ keep }) =>
    Object.entries(keep).flatMap(([name, { chosen, instead }]) => {
      const fact = contact.facts[custom + name];
      return fact !== undefined && isWritten(instead, fact) ? [[custom + name, chosen] as const] : [];
    }),
  );
  return values.length === 0
    ? contact
    : { ...contact, facts: { ...contact.facts, ...Object.fromEntries(values) } };
}
