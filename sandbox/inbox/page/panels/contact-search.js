// @ts-check
// The search box at the top: finds contacts, those without a conversation too.
import { api } from '../api.js';
import { avatar, byId, element } from '../dom.js';

/** @param {(contactId: string) => void} onChoose */
export function createContactSearch(onChoose) {
  const root = byId('search', HTMLElement);
  const input = byId('search-words', HTMLInputElement);
  const results = byId('search-results', HTMLElement);

  const close = () => {
    results.hidden = true;
  };
  input.addEventListener('input', () => void find());
  input.addEventListener('focus', () => void find());
  root.addEventListener('focusout', (event) => {
    if (!(event.relatedTarget instanceof Node && root.contains(event.relatedTarget))) close();
  });
  root.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
      close();
      input.blur();
    }
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    event.preventDefault();
    const stops = [input, ...results.querySelectorAll('button')];
    const at = stops.findIndex((stop) => stop.matches(':focus'));
    stops[at + (event.key === 'ArrowDown' ? 1 : -1)]?.focus();
  });

  async function find() {
    const words = input.value;
    const people = await api.findContacts(words);
    if (words !== input.value || !root.contains(document.activeElement)) return;
    results.replaceChildren(
      ...people.map((person) =>
        element(
          'li',
          {},
          element(
            'button',
            {
              type: 'button',
              onclick() {
                input.value = '';
                close();
                onChoose(person.id);
              },
            },
            avatar(person.shown_name, person.id),
            element(
              'span',
              { class: 'found' },
              element('bdi', {}, person.shown_name),
              element('span', {}, person.email || person.phone || person.id),
            ),
            element('span', { class: `role ${person.role}` }, person.role === 'lead' ? 'Lead' : 'User'),
          ),
        ),
      ),
    );
    if (people.length === 0) results.replaceChildren(element('li', { class: 'empty' }, 'No contacts found'));
    results.hidden = false;
  }
}
