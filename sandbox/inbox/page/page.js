// @ts-check
// Puts the inbox page together: which conversation and which participant are open, and what follows from that.
import { api } from './api.js';
import { createCard } from './card/card.js';
import { avatar, byId, element } from './dom.js';
import { createContactPanel } from './panels/contact-panel.js';
import { createContactSearch } from './panels/contact-search.js';
import { createConversationList } from './panels/conversation-list.js';
import { createDrawer } from './panels/drawer.js';
import { createThread } from './panels/thread.js';

const lookAgainMs = 2_000;

const teammate = byId('teammate', HTMLSelectElement);
const participants = byId('participants', HTMLElement);
const drawer = createDrawer();
const card = createCard({
  onAnswer() {
    refresh();
    drawer.refresh().catch(() => {});
  },
  onCardOptions: (options) => void thread.insertCard(options),
});
const panel = createContactPanel(() => {
  card.contactChanged();
  refresh();
});
const list = createConversationList((id) => void openConversation(id, null));
createContactSearch((id) => void openContact(id));
const thread = createThread({
  teammate: () => teammate.value,
  async onReply(text, cardId) {
    if (open.conversation === null) return;
    await api.reply(open.conversation, teammate.value, text, cardId);
    await lookAgain();
  },
  async onStart() {
    if (open.contact === null) return;
    const started = await api.startConversation(open.contact, teammate.value);
    await openConversation(started.id, open.contact);
  },
});

/** @type {{ conversation: string | null, contact: string | null }} */
let open = { conversation: null, contact: null };
/** What was last drawn, as text: nothing is drawn twice, nor while text in it is selected. */
const drawn = { list: '', thread: '' };

/** @param {'list' | 'thread' | 'details'} view Matters on a narrow screen only, where one column shows. */
const show = (view) => {
  document.body.dataset.view = view;
};

/** @param {string} id @param {string | null} contactId the first participant when null */
async function openConversation(id, contactId, view = /** @type {'list' | 'thread'} */ ('thread')) {
  leave();
  const conversation = await api.conversation(id);
  const ids = conversation.participants.map((person) => person.id);
  const contact = contactId !== null && ids.includes(contactId) ? contactId : (ids[0] ?? null);
  open = { conversation: id, contact };
  drawn.thread = '';
  byId('details-body', HTMLElement).scrollTop = 0;
  remember();
  show(view);
  if (contact === null) card.close();
  else card.open({ conversation_id: id, contact_id: contact, admin_id: teammate.value }, ids);
  await api.markRead(id);
  await lookAgain();
}

/** Opens a person: in their latest conversation if there is one. @param {string} id */
async function openContact(id) {
  leave();
  const person = await api.contact(id);
  const [latest] = person.conversation_ids;
  if (latest !== undefined) return openConversation(latest, person.id);
  open = { conversation: null, contact: person.id };
  card.close();
  remember();
  show('thread');
  participants.hidden = true;
  thread.drawWithout(person.shown_name);
  await lookAgain();
}

/** Until another contact is loaded, nothing can be changed on the one before. */
function leave() {
  open = { conversation: null, contact: null };
  panel.clear();
}

/** @param {string} contactId */
function chooseParticipant(contactId) {
  const { conversation } = open;
  leave();
  open = { conversation, contact: contactId };
  drawn.thread = '';
  if (open.conversation !== null) {
    card.show({ conversation_id: open.conversation, contact_id: contactId, admin_id: teammate.value });
  }
  remember();
  refresh();
}

/** Draws what has changed, here or by way of the API. */
async function lookAgain() {
  const { conversation: conversationId, contact: contactId } = open;
  const [conversations, conversation, person] = await Promise.all([
    api.conversations(),
    conversationId === null ? null : api.conversation(conversationId),
    // A contact that was deleted meanwhile leaves an empty panel.
    contactId === null ? null : api.contact(contactId).catch(() => null),
  ]);
  if (conversationId !== open.conversation || contactId !== open.contact) return;
  if (!list.isSelected(conversationId) && isNew('list', [conversations, conversationId]))
    list.draw(conversations, conversationId);
  if (
    conversation !== null &&
    !thread.isSelected(conversation.id) &&
    isNew('thread', [conversation, contactId])
  ) {
    thread.draw(conversation);
    drawParticipants(conversation.participants, contactId);
  }
  if (person === null) return panel.clear();
  if (contactId !== null && person.id !== contactId) {
    card.moved(contactId, person.id);
    open = { ...open, contact: person.id };
    remember();
  }
  panel.draw(person);
}

/** What is shown stays when the sandbox does not answer: while it is being restarted, say. */
function refresh() {
  lookAgain().catch(() => {});
}

/** @param {'list' | 'thread'} part @param {unknown} value */
function isNew(part, value) {
  const now = JSON.stringify(value);
  if (now === drawn[part]) return false;
  drawn[part] = now;
  return true;
}

/** @param {import('./api.js').Person[]} people @param {string | null} chosenId */
function drawParticipants(people, chosenId) {
  participants.hidden = people.length < 2;
  participants.replaceChildren(
    ...people.map((person) =>
      element(
        'button',
        {
          type: 'button',
          'aria-pressed': String(person.id === chosenId),
          onclick: () => chooseParticipant(person.id),
        },
        avatar(person.shown_name, person.id),
        element('bdi', {}, person.shown_name),
      ),
    ),
  );
}

/** The address says what is open, so that a reload and a link bring it back. */
function remember() {
  const address = new URL(location.href);
  address.search = '';
  if (open.conversation !== null) address.searchParams.set('conversation', open.conversation);
  if (open.contact !== null) address.searchParams.set('contact', open.contact);
  if (address.href !== location.href) history.pushState(null, '', address);
}

async function openFromAddress() {
  const query = new URLSearchParams(location.search);
  const conversation = query.get('conversation');
  const contact = query.get('contact');
  try {
    if (conversation !== null) await openConversation(conversation, contact);
    else if (contact !== null) await openContact(contact);
    else {
      const [first] = await api.conversations();
      // On a narrow screen the list is where one starts.
      if (first !== undefined) await openConversation(first.id, null, 'list');
      else thread.drawEmpty('The inbox is empty.');
    }
  } catch (error) {
    thread.drawEmpty(error instanceof Error ? error.message : String(error));
    await lookAgain();
  }
}

async function start() {
  const workspace = await api.workspace();
  byId('workspace', HTMLElement).textContent = workspace.name;
  const used = localStorage.getItem('teammate');
  teammate.replaceChildren(
    ...workspace.admins.map(({ id, name }) => element('option', { value: id, selected: id === used }, name)),
  );
  teammate.addEventListener('change', () => {
    localStorage.setItem('teammate', teammate.value);
    void openFromAddress();
  });
  byId('to-list', HTMLElement).addEventListener('click', () => show('list'));
  byId('to-thread', HTMLElement).addEventListener('click', () => show('thread'));
  byId('to-details', HTMLElement).addEventListener('click', () => show('details'));
  window.addEventListener('popstate', () => void openFromAddress());
  await openFromAddress();
  await drawer.refresh();
  setInterval(() => {
    if (!document.hidden) refresh();
  }, lookAgainMs);
}

void start();
