// @ts-check
// The right-hand panel: who the contact is, and every attribute, to be changed in place through Intercom's own API.
import { api } from '../api.js';
import { avatar, byId, element, isSelected, paragraphs } from '../dom.js';
import { moment } from '../times.js';
import { attributeInput, shownValue } from './attribute-values.js';

/** @typedef {import('../api.js').PersonDetails} PersonDetails */
/** @typedef {import('../api.js').Attribute} Attribute */

const editableFields = [
  { name: 'name', label: 'Name' },
  { name: 'email', label: 'Email' },
  { name: 'phone', label: 'Phone' },
  { name: 'external_id', label: 'User id' },
];
const fixedTimes = [
  { name: 'created_at', label: 'Created' },
  { name: 'signed_up_at', label: 'Signed up' },
  { name: 'last_seen_at', label: 'Last seen' },
];

/** @param {() => void} onChange runs after a change was saved */
export function createContactPanel(onChange) {
  const head = byId('person', HTMLElement);
  const sections = byId('attributes', HTMLElement);
  let drawn = '';
  let drawnId = '';

  return {
    /** Does nothing when nothing is new, or while an attribute is being edited or text is selected. @param {PersonDetails} person */
    draw(person) {
      const now = JSON.stringify(person);
      const isEdited = sections.querySelector('form') !== null;
      const isInUse = drawnId === person.id && (isEdited || isSelected(head) || isSelected(sections));
      if (now === drawn || isInUse) return;
      drawn = now;
      drawnId = person.id;
      head.replaceChildren(...headOf(person));
      sections.replaceChildren(
        section('Contact data', ...contactRows(person)),
        section('Custom attributes', ...customRows(person)),
        section('Tags', chips(person.tags)),
        section('Companies', chips(person.companies)),
        section('Notes', ...notesOf(person)),
      );
    },
    clear() {
      drawn = '';
      head.replaceChildren();
      sections.replaceChildren();
    },
  };

  /** @param {PersonDetails} person */
  function contactRows(person) {
    const { contact } = person;
    const editable = editableFields.map(({ name, label }) =>
      editableRow(person.id, label, contact[name], { name, data_type: 'string', options: null }, (value) => ({
        [name]: value,
      })),
    );
    const times = fixedTimes
      .filter(({ name }) => typeof contact[name] === 'number')
      .map(({ name, label }) => row(label, element('span', {}, moment(Number(contact[name])))));
    const owner = row('Owner', element('bdi', {}, person.owner ?? 'Unassigned'));
    return [...editable, owner, ...times];
  }

  /** @param {PersonDetails} person */
  function customRows({ id, contact, attributes }) {
    const known = attributes.map(({ name }) => name);
    const others = Object.keys(contact.custom_attributes)
      .filter((name) => !known.includes(name))
      .map((name) => ({ name, data_type: 'string', options: null }));
    return [...attributes, ...others].map((attribute) =>
      editableRow(id, attribute.name, contact.custom_attributes[attribute.name], attribute, (value) => ({
        custom_attributes: { [attribute.name]: value },
      })),
    );
  }

  /**
   * A value that turns into a small form when pressed.
   * @param {string} contactId
   * @param {string} label
   * @param {unknown} value
   * @param {Attribute} attribute
   * @param {(value: unknown) => Record<string, unknown>} changesFor
   */
  function editableRow(contactId, label, value, attribute, changesFor) {
    const shown = shownValue(value, attribute);
    const button = element(
      'button',
      {
        ...{ type: 'button', class: 'value', title: shown, onclick: edit },
        'aria-label': shown === '' ? `Add ${label}` : `Edit ${label}: ${shown}`,
      },
      element('bdi', { class: shown === '' ? 'unset' : '' }, shown || 'Add'),
    );
    const cell = element('div', { class: 'cell' }, button);
    return row(label, cell, attribute.name);

    function edit() {
      const input = attributeInput(value, attribute, label);
      const problem = element('p', { class: 'problem', role: 'alert' });
      const close = () => {
        cell.replaceChildren(button);
        button.focus();
      };
      const form = element(
        'form',
        { class: 'edit', onsubmit: save },
        input.control,
        element('button', { type: 'submit', class: 'small-button' }, 'Save'),
        element('button', { type: 'button', class: 'small-button quiet', onclick: close }, 'Cancel'),
        problem,
      );
      form.addEventListener('keydown', (event) => {
        if (event.key === 'Escape') close();
      });
      cell.replaceChildren(form);
      input.control.focus();

      /** @param {SubmitEvent} event */
      async function save(event) {
        event.preventDefault();
        problem.textContent = '';
        const objection = await api.changeContact(contactId, changesFor(input.read())).catch(String);
        if (objection === null) {
          close();
          onChange();
        } else problem.textContent = objection;
      }
    }
  }
}

/** @param {PersonDetails} person */
function headOf({ id, role, shown_name, email }) {
  return [
    avatar(shown_name, id),
    element(
      'div',
      { class: 'person-text' },
      element(
        'h2',
        {},
        element('bdi', {}, shown_name),
        element('span', { class: `role ${role}` }, role === 'lead' ? 'Lead' : 'User'),
      ),
      element('p', {}, element('bdi', {}, email || 'No email')),
    ),
  ];
}

/** @param {string} title @param {...HTMLElement} content */
function section(title, ...content) {
  return element('details', { open: true }, element('summary', {}, title), ...content);
}

/** @param {string} label @param {HTMLElement} cell @param {string} [name] */
function row(label, cell, name) {
  return element(
    'div',
    { class: 'row', 'data-attribute': name },
    element('span', { class: 'label' }, label),
    cell,
  );
}

/** @param {string[]} names */
function chips(names) {
  if (names.length === 0) return element('p', { class: 'empty' }, 'None');
  return element('ul', { class: 'chips' }, ...names.map((name) => element('li', { dir: 'auto' }, name)));
}

/** @param {PersonDetails} person */
function notesOf({ notes }) {
  if (notes.length === 0) return [element('p', { class: 'empty' }, 'None')];
  return notes.map((note) =>
    element(
      'article',
      { class: 'note' },
      ...paragraphs(note.body).map((text) => element('p', { dir: 'auto' }, text)),
      element('footer', {}, `${note.author ?? 'A teammate'} · ${moment(note.created_at)}`),
    ),
  );
}
