// @ts-check
// Contact attributes by data type: how a value reads on the page, and the input that changes it.
import { element } from '../dom.js';
import { day, moment } from '../times.js';

/** @typedef {import('../api.js').Attribute} Attribute */
/** @typedef {{ control: HTMLInputElement | HTMLSelectElement, read(): unknown }} AttributeInput */

/**
 * @param {unknown} value
 * @param {Attribute} attribute
 * @returns {string} empty when there is none
 */
export function shownValue(value, { data_type }) {
  if (value === null || value === undefined || value === '') return '';
  if (data_type === 'date' && typeof value === 'number') return day(value);
  if (data_type === 'datetime' && typeof value === 'number') return moment(value);
  return Array.isArray(value) ? value.join(', ') : String(value);
}

/**
 * An input for this kind of attribute; what it reads is what Intercom's API takes, null for nothing.
 * @param {unknown} value
 * @param {Attribute} attribute
 * @param {string} label
 * @returns {AttributeInput}
 */
export function attributeInput(value, { data_type, options }, label) {
  if (data_type === 'boolean') {
    return choice(label, ['true', 'false'], String(value ?? ''), (chosen) => chosen === 'true');
  }
  if (options !== null && options.length > 0) {
    return choice(label, options, String(value ?? ''), (chosen) => chosen);
  }
  if (data_type === 'integer' || data_type === 'float') {
    return typed(
      label,
      { type: 'number', step: data_type === 'float' ? 'any' : '1' },
      String(value ?? ''),
      Number,
    );
  }
  if (data_type === 'date' || data_type === 'datetime') {
    const shown = typeof value === 'number' ? new Date(value * 1000).toISOString().slice(0, 10) : '';
    return typed(label, { type: 'date' }, shown, (text) => Date.parse(`${text}T00:00:00Z`) / 1000);
  }
  return typed(label, { type: 'text', dir: 'auto' }, String(value ?? ''), (text) => text);
}

/**
 * @param {string} label
 * @param {Record<string, unknown>} attributes
 * @param {string} value
 * @param {(text: string) => unknown} parse
 * @returns {AttributeInput}
 */
function typed(label, attributes, value, parse) {
  const control = element('input', { ...attributes, value, 'aria-label': label, autocomplete: 'off' });
  return { control, read: () => (control.value === '' ? null : parse(control.value)) };
}

/**
 * @param {string} label
 * @param {string[]} options
 * @param {string} value
 * @param {(chosen: string) => unknown} parse
 * @returns {AttributeInput}
 */
function choice(label, options, value, parse) {
  const control = element(
    'select',
    { 'aria-label': label },
    element('option', { value: '' }, 'Not set'),
    ...options.map((option) => element('option', { value: option, selected: option === value }, option)),
  );
  return { control, read: () => (control.value === '' ? null : parse(control.value)) };
}
