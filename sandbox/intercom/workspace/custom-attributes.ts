// Which custom attributes a contact may be given: those that exist, with values of their type.
import type { Contact, DataAttribute, World } from '../../world.ts';
import { invalid } from '../refusal.ts';

const longestString = 255;

/**
 * The contact's attributes after the change. Null takes a value away, but recorded was that the attribute stays where it
 * was ever set, with null. A write to an archived one is passed over, users report. Throws Intercom's 400, naming the
 * attribute. The code for an unknown attribute is documented nowhere; `parameter_invalid` is what other bad values get.
 */
export function withCustomAttributes(
  world: World,
  present: Contact['custom_attributes'],
  values: Record<string, unknown>,
): Contact['custom_attributes'] {
  const changed = { ...present };
  for (const [name, value] of Object.entries(values)) {
    const attribute = world.dataAttributes
      .all()
      .find((attribute) => attribute.model === 'contact' && attribute.custom && attribute.name === name);
    const field = `custom_attributes.${name}`;
    if (attribute?.archived) continue;
    if (!attribute) throw invalid(`Custom attribute '${name}' does not exist`, field);
    if (value !== null) changed[name] = checked(attribute, value, field);
    else if (name in changed) changed[name] = null;
  }
  return changed;
}

function checked(attribute: DataAttribute, value: unknown, field: string): string | number | boolean {
  const refuse = (what: string) => invalid(`Custom attribute '${attribute.name}' ${what}`, field);
  switch (attribute.data_type) {
    case 'string':
      if (typeof value !== 'string') throw refuse('must be a string');
      if (value.length > longestString) throw refuse(`is too long (maximum is ${longestString} characters)`);
      if (attribute.options !== null && !attribute.options.includes(value))
        throw refuse(`must be one of: ${attribute.options.join(', ')}`);
      return value;
    case 'boolean':
      if (typeof value !== 'boolean') throw refuse('must be a boolean');
      return value;
    case 'float':
      if (typeof value !== 'number') throw refuse('must be a number');
      return value;
    case 'integer':
      if (!isInteger(value)) throw refuse('must be an integer');
      return value;
    case 'date':
    case 'datetime':
      if (!isInteger(value)) throw refuse('must be a Unix timestamp in seconds');
      return value;
  }
}

function isInteger(value: unknown): value is number {
  return Number.isSafeInteger(value);
}
