// @ts-check
// The components that a teammate fills in, with their saved and failed states.
import { element, icon } from '../dom.js';

/** @typedef {import('../../canvas-schemas.ts').Component} Component */
/** @typedef {import('./canvas-view.js').Form} Form */
/** @typedef {Extract<Component, { type: 'input' | 'textarea' | 'single-select' | 'dropdown' | 'checkbox' }>} Input */
/** @template {Input['type']} T @typedef {Extract<Input, { type: T }>} Of */

/**
 * Draws one input and tells the form how to read it. An untouched choice reads as null, an untouched text as ''.
 * @param {Input} component
 * @param {Form} form
 * @returns {HTMLElement}
 */
export function drawInput(component, form) {
  switch (component.type) {
    case 'input':
      return drawTextInput(component, form);
    case 'textarea':
      return drawTextarea(component, form);
    case 'single-select':
      return drawSingleSelect(component, form);
    case 'dropdown':
      return drawDropdown(component, form);
    case 'checkbox':
      return drawCheckbox(component, form);
  }
}

let lastField = 0;
/** Component ids are the app's own and may be anything, and the gallery shows many cards at once. */
const fieldId = () => `field-${++lastField}`;

/** @param {{ save_state?: string | undefined, disabled?: boolean | undefined }} component Saved blocks further input, with or without `disabled`. */
const isOff = ({ save_state, disabled }) => save_state === 'saved' || disabled === true;

/**
 * @param {string} state unsaved, saved or failed
 * @param {HTMLElement | false} label
 * @param {HTMLElement} control
 */
function field(state, label, control) {
  return element('div', { class: `ck-field ck-${state}`, 'data-save-state': state }, label, control);
}

/** @param {string | undefined} text @param {string} target */
const labelFor = (text, target) => Boolean(text) && element('label', { for: target, dir: 'auto' }, text);

/** A choice's own label names a group. @param {string | undefined} text @param {string} id */
const groupLabel = (text, id) =>
  Boolean(text) && element('span', { id, class: 'ck-group-label', dir: 'auto' }, text);

/** @param {Of<'input'>} component @param {Form} form */
function drawTextInput(component, form) {
  const { id, label, placeholder, value = '', action, save_state = 'unsaved' } = component;
  const control = element('input', {
    id: fieldId(),
    type: 'text',
    placeholder,
    value,
    disabled: isOff(component),
    dir: 'auto',
    autocomplete: 'off',
    'aria-label': label ? undefined : (placeholder ?? id),
    'aria-invalid': save_state === 'failed' ? 'true' : undefined,
    'data-component-id': id,
  });
  form.values.set(id, () => control.value);
  /** @type {HTMLElement[]} */
  const parts = [control];
  if (save_state === 'saved')
    parts.push(element('span', { class: 'ck-mark', title: 'Saved' }, icon('check')));
  else if (action !== undefined) {
    const button = element(
      'button',
      {
        type: 'button',
        class: 'ck-inline',
        disabled: isOff(component),
        'aria-label': label ? `Submit ${label}` : 'Submit',
        onclick: () => form.act(action, id, button),
      },
      icon('next'),
    );
    control.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') button.click();
    });
    parts.push(button);
  }
  return field(save_state, labelFor(label, control.id), element('div', { class: 'ck-control' }, ...parts));
}

/** @param {Of<'textarea'>} component @param {Form} form */
function drawTextarea({ id, label, placeholder, value = '', error, disabled }, form) {
  const control = element('textarea', {
    id: fieldId(),
    rows: 3,
    placeholder,
    disabled,
    dir: 'auto',
    'aria-label': label ? undefined : (placeholder ?? id),
    'aria-invalid': error ? 'true' : undefined,
    'data-component-id': id,
  });
  control.value = value;
  form.values.set(id, () => control.value);
  return field(error ? 'failed' : 'unsaved', labelFor(label, control.id), control);
}

/** @param {Of<'single-select'>} component @param {Form} form */
function drawSingleSelect(component, form) {
  const { id, label, options, action, save_state = 'unsaved' } = component;
  let chosen = component.value ?? null;
  form.values.set(id, () => chosen);
  // Not radio buttons: arrow keys would choose on their way, and with an action each choice is a request.
  const buttons = options.map((option) => {
    const button = element(
      'button',
      {
        type: 'button',
        'aria-pressed': String(option.id === chosen),
        disabled: isOff(component) || option.disabled,
        'data-option-id': option.id,
        onclick() {
          chosen = option.id;
          for (const other of buttons) other.setAttribute('aria-pressed', String(other === button));
          if (action !== undefined) form.act(action, id, button);
        },
      },
      element('span', { dir: 'auto' }, option.text),
    );
    return button;
  });
  const labelId = fieldId();
  const group = element(
    'div',
    {
      class: 'ck-choices',
      role: 'group',
      'aria-labelledby': label ? labelId : undefined,
      'data-component-id': id,
    },
    ...buttons,
  );
  return field(save_state, groupLabel(label, labelId), group);
}

/** @param {Of<'dropdown'>} component @param {Form} form */
function drawDropdown(component, form) {
  const { id, label, options, value, save_state = 'unsaved' } = component;
  const control = element(
    'select',
    {
      id: fieldId(),
      disabled: isOff(component),
      'aria-label': label ? undefined : id,
      'aria-invalid': save_state === 'failed' ? 'true' : undefined,
      'data-component-id': id,
    },
    value === undefined && element('option', { value: '', disabled: true, selected: true }, 'Select…'),
    ...options.map((option) =>
      element(
        'option',
        { value: option.id, selected: option.id === value, disabled: option.disabled },
        option.text,
      ),
    ),
  );
  form.values.set(id, () => control.value || null);
  return field(save_state, labelFor(label, control.id), control);
}

/** @param {Of<'checkbox'>} component @param {Form} form */
function drawCheckbox(component, form) {
  const { id, label, options, value = [], save_state = 'unsaved' } = component;
  const boxes = options.map((option) =>
    element('input', {
      type: 'checkbox',
      value: option.id,
      checked: value.includes(option.id),
      disabled: isOff(component) || option.disabled,
    }),
  );
  form.values.set(id, () => boxes.filter((box) => box.checked).map((box) => box.value));
  const labelId = fieldId();
  const group = element(
    'div',
    {
      class: 'ck-checks',
      role: 'group',
      'aria-labelledby': label ? labelId : undefined,
      'data-component-id': id,
    },
    ...options.map((option, at) =>
      element('label', {}, boxes[at], element('span', { dir: 'auto' }, option.text)),
    ),
  );
  return field(save_state, groupLabel(label, labelId), group);
}
