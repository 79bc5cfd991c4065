// @ts-check
// Puts the Messenger page together: who looks at it, how, and which space of it is open.
import { avatar, byId, element, icon, paragraphs } from '../../inbox/page/dom.js';
import { createDrawer } from '../../inbox/page/panels/drawer.js';
import { moment } from '../../inbox/page/times.js';
import { api } from './api.js';
import { liveCard } from './live-card.js';
import { createNotes } from './notes.js';
import { createSheet } from './sheet.js';
import { wordsIn } from './words.js';

/** @typedef {import('./api.js').PersonView} PersonView */
/** @typedef {{ space: 'home' } | { space: 'messages' } | { space: 'conversation', id: string | null } | { space: 'message', id: string }} Open */

const chosen = {
  person: byId('person', HTMLSelectElement),
  locale: byId('locale', HTMLSelectElement),
  size: byId('size', HTMLSelectElement),
  theme: byId('theme', HTMLSelectElement),
  token: byId('token', HTMLSelectElement),
};
const messenger = byId('messenger', HTMLElement);
const view = byId('view', HTMLElement);
const composer = byId('composer', HTMLFormElement);
const message = byId('message', HTMLTextAreaElement);
const drawer = createDrawer();
const sheet = createSheet();
const notes = createNotes();

/** @type {Open} */
let open = { space: 'home' };
let draws = 0;

const words = () => wordsIn(chosen.locale.value);
const viewer = () => ({ person: chosen.person.value, locale: chosen.locale.value });
const cardOf = (/** @type {string} */ id) =>
  liveCard(id, {
    viewer,
    words,
    onLeave: (url) => notes.left(url),
    onAnswer(drawn, trouble, height) {
      notes.answer(id, drawn?.exchanges ?? [], trouble, drawn?.shown ? height : 0);
      drawer.refresh().catch(() => {});
      // In a thread, what is newest stays in sight although its card has grown.
      if (open.space === 'conversation') view.scrollTop = view.scrollHeight;
    },
    openSheet(url, intercomData, submit) {
      sheet.open(url, intercomData, submit);
      void api
        .sheetCheck(url, intercomData)
        .then((exchange) => notes.answer(`sheet ${id}`, [exchange], null, 0));
    },
  });

/** Draws what is open for who looks at it. @param {Open} [next] */
async function show(next = open) {
  open = next;
  const number = ++draws;
  const whole = await api.person(chosen.person.value);
  const thread = open.space === 'conversation' && open.id !== null ? await api.conversation(open.id) : null;
  if (number !== draws) return;
  notes.clear();
  remember();
  drawFacts(whole);
  view.lang = chosen.locale.value;
  drawHead(whole, thread?.with_name ?? null);
  drawTabs();
  composer.hidden = open.space !== 'conversation';
  message.placeholder = words().write;
  message.setAttribute('aria-label', words().write);
  composer.querySelector('button')?.setAttribute('aria-label', words().sendIt);
  if (open.space === 'home') view.replaceChildren(...home(whole));
  else if (open.space === 'messages') view.replaceChildren(...messages(whole));
  else if (open.space === 'message') view.replaceChildren(...outbound(whole, open.id));
  else view.replaceChildren(...(thread?.parts ?? []).map(part));
  view.scrollTop = open.space === 'conversation' ? view.scrollHeight : 0;
}

/** @param {PersonView} whole @param {string | null} withName */
function drawHead(whole, withName) {
  const head = byId('messenger-head', HTMLElement);
  messenger.dataset.space = open.space;
  if (open.space === 'home') {
    const first = (whole.name ?? '').split(' ')[0];
    const hello = words().hello.replace(' {name}', first ? ` ${first}` : '');
    head.replaceChildren(element('h2', { dir: 'auto' }, hello), element('p', {}, words().help));
    return;
  }
  const title = open.space === 'messages' ? words().messages : (withName ?? words().send);
  head.replaceChildren(
    open.space === 'messages'
      ? ''
      : element(
          'button',
          {
            type: 'button',
            class: 'icon-button',
            'aria-label': words().back,
            onclick: () => void show({ space: 'messages' }),
          },
          icon('back'),
        ),
    element('h2', { dir: 'auto' }, title),
  );
}

function drawTabs() {
  const tab = (/** @type {'home' | 'messages'} */ space) =>
    element(
      'button',
      {
        type: 'button',
        'data-tab': space,
        'aria-current': open.space === space ? 'page' : undefined,
        onclick: () => void show({ space }),
      },
      words()[space],
    );
  const tabs = byId('tabs', HTMLElement);
  tabs.hidden = open.space === 'conversation' || open.space === 'message';
  tabs.replaceChildren(tab('home'), tab('messages'));
}

/** @param {PersonView} whole */
function home(whole) {
  const [recent] = whole.conversations;
  return [
    recent && element('section', { class: 'tile' }, element('h3', {}, words().recent), line(recent)),
    ...whole.home.map(cardOf),
    ...whole.workflows.map(({ id, text }) =>
      element(
        'button',
        { type: 'button', class: 'tile tile-button', onclick: () => void startWorkflow(id) },
        element('span', { dir: 'auto' }, text || 'Referral Desk'),
        icon('next'),
      ),
    ),
    element(
      'button',
      {
        type: 'button',
        class: 'tile tile-button',
        onclick: () => void show({ space: 'conversation', id: null }),
      },
      element('strong', {}, words().send),
      icon('next'),
    ),
  ].filter((each) => each !== undefined);
}

/** @param {string} cardId */
async function startWorkflow(cardId) {
  const { exchange, conversation_id } = await api.workflow({ ...viewer(), card_id: cardId });
  if (conversation_id === null) return notes.answer(cardId, [exchange], null, 0);
  await show({ space: 'conversation', id: conversation_id });
}

/** @param {import('./api.js').ConversationLine} conversation */
function line({ id, with_name, last, updated_at }) {
  const text = last === null ? '' : last.card_id ? 'Referral Desk' : (paragraphs(last.body)[0] ?? '');
  return element(
    'button',
    { type: 'button', class: 'line', onclick: () => void show({ space: 'conversation', id }) },
    avatar(with_name, id),
    element(
      'span',
      { class: 'line-text' },
      element('span', { class: 'line-last', dir: 'auto' }, text),
      element('span', { class: 'line-with' }, `${with_name} · ${moment(updated_at)}`),
    ),
  );
}

/** @param {PersonView} whole */
function messages(whole) {
  const sent = whole.messages.map(({ id, text, author, created_at }) =>
    element(
      'button',
      { type: 'button', class: 'line', onclick: () => void show({ space: 'message', id }) },
      avatar(author ?? 'Team', id),
      element(
        'span',
        { class: 'line-text' },
        element('span', { class: 'line-last', dir: 'auto' }, text || 'Referral Desk'),
        element('span', { class: 'line-with' }, `${author ?? 'Team'} · ${moment(created_at)}`),
      ),
    ),
  );
  const lines = [...sent, ...whole.conversations.map(line)];
  return lines.length > 0 ? lines : [element('p', { class: 'empty' }, words().none)];
}

/** @param {PersonView} whole @param {string} id */
function outbound(whole, id) {
  const sent = whole.messages.find((each) => each.id === id);
  if (!sent) return [];
  return [
    sent.text && bubble(sent.author ?? 'Team', [sent.text], false, sent.created_at),
    element('div', { class: 'in-thread' }, cardOf(id)),
  ].filter((each) => each !== '');
}

/** @param {import('./api.js').Part} said */
function part({ author, body, created_at, card_id }) {
  const mine = author.type === 'user' || author.type === 'lead';
  const pieces = body === '' ? [] : [bubble(author.name ?? '', paragraphs(body), mine, created_at)];
  if (card_id) pieces.push(element('div', { class: 'in-thread' }, cardOf(card_id)));
  return element('div', { class: 'part' }, ...pieces);
}

/** @param {string} name @param {string[]} lines @param {boolean} mine @param {number} at */
function bubble(name, lines, mine, at) {
  return element(
    'article',
    { class: mine ? 'said mine' : 'said' },
    ...lines.map((text) => element('p', { dir: 'auto' }, text)),
    element('footer', {}, `${mine ? words().you : name} · ${moment(at)}`),
  );
}

/** @param {PersonView} whole */
function drawFacts({ role, email, external_id, token }) {
  byId('person-facts', HTMLElement).textContent = [
    role === 'visitor' ? 'Visitor without messages' : role === 'lead' ? 'Lead' : 'User',
    email ?? 'no email',
    role === 'user' && external_id !== null ? `external ID ${external_id}` : null,
  ]
    .filter(Boolean)
    .join(' · ');
  byId('token-control', HTMLElement).hidden = role === 'visitor';
  if (!token) chosen.token.value = '';
  else if (chosen.token.value === '') chosen.token.value = 'fresh';
}

/** The address says who looks at what, so that a reload and a link bring it back. */
function remember() {
  const query = new URLSearchParams();
  for (const name of /** @type {const} */ (['person', 'locale', 'size', 'theme']))
    query.set(name, chosen[name].value);
  query.set('space', open.space);
  if ('id' in open && open.id !== null) query.set('id', open.id);
  history.replaceState(null, '', `?${query}`);
}

/** @param {string} id who is chosen, when there is such a person */
async function fillPeople(id) {
  const { users, leads, visitors, workspace } = await api.people();
  byId('workspace', HTMLElement).textContent = workspace;
  const group = (/** @type {string} */ label, /** @type {import('./api.js').Person[]} */ people) =>
    element(
      'optgroup',
      { label },
      ...people.map((each) =>
        element('option', { value: each.id, selected: each.id === id }, each.shown_name),
      ),
    );
  chosen.person.replaceChildren(group('Users', users), group('Leads', leads), group('Visitors', visitors));
}

function dress() {
  messenger.dataset.size = chosen.size.value;
  messenger.dataset.theme = chosen.theme.value;
}

/** @param {URLSearchParams} query @returns {Open} */
function openFrom(query) {
  const id = query.get('id');
  const space = query.get('space');
  if (space === 'messages') return { space };
  if (space === 'conversation') return { space, id };
  if (space === 'message' && id !== null) return { space, id };
  return { space: 'home' };
}

async function start() {
  const query = new URLSearchParams(location.search);
  await fillPeople(query.get('person') ?? '');
  for (const name of /** @type {const} */ (['locale', 'size', 'theme'])) {
    const value = query.get(name);
    if (value !== null) chosen[name].value = value;
  }
  dress();
  chosen.person.addEventListener('change', () => void show({ space: 'home' }));
  chosen.locale.addEventListener('change', () => void show());
  for (const select of [chosen.size, chosen.theme]) {
    select.addEventListener('change', () => {
      dress();
      remember();
    });
  }
  chosen.token.addEventListener('change', async () => {
    await api.token(chosen.person.value, chosen.token.value || null);
    await show();
  });
  composer.addEventListener('submit', async (event) => {
    event.preventDefault();
    const text = message.value.trim();
    if (text === '' || open.space !== 'conversation') return;
    const said = await api.say({ ...viewer(), conversation_id: open.id, text });
    message.value = '';
    if (said.person !== chosen.person.value) await fillPeople(said.person);
    await show({ space: 'conversation', id: said.conversation_id });
  });
  message.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      composer.requestSubmit();
    }
  });
  await show(openFrom(query));
  await drawer.refresh();
}

void start();
