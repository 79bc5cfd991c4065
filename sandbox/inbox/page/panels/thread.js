// @ts-check
// The middle of the page: the messages of a conversation, and the composer.
import { cardPreview, putApp } from '../../../messenger/page/configure.js';
import { avatar, byId, element, isBeingRead, isSelected, paragraphs } from '../dom.js';
import { moment } from '../times.js';

/** @typedef {import('../api.js').Conversation} Conversation */

/**
 * @param {{
 *   onReply(text: string, cardId: string | null): Promise<void>, onStart(): void, teammate(): string,
 * }} handlers `onReply` rejects when it was not sent; `onStart` is pressed for a contact without a conversation.
 */
export function createThread({ onReply, onStart, teammate }) {
  const title = byId('thread-title', HTMLElement);
  const parts = byId('parts', HTMLElement);
  const composer = byId('composer', HTMLFormElement);
  const reply = byId('reply', HTMLTextAreaElement);
  const draft = byId('draft-card', HTMLElement);
  // It scrolls, and may have nothing in it that the keyboard reaches.
  parts.tabIndex = 0;
  let shownId = '';
  /** The participants for which a card can be previewed. */
  let contactId = '';
  /** @type {string | null} */
  let draftCard = null;

  byId('insert-app', HTMLButtonElement).addEventListener('click', () => void insertCard());

  /** @param {Record<string, unknown>} [options] when the app has said itself what the card is to be */
  async function insertCard(options) {
    const conversation = shownId;
    const where = /** @type {const} */ ({ place: 'conversation', conversation_id: conversation });
    const card = await putApp({ ...where, admin_id: teammate() }, options === undefined ? {} : { options });
    if (card !== null && conversation === shownId) showDraft(card.id);
  }

  /** @param {string | null} cardId */
  function showDraft(cardId) {
    draftCard = cardId;
    draft.hidden = cardId === null;
    if (cardId === null) return draft.replaceChildren();
    draft.replaceChildren(
      cardPreview(cardId, contactId),
      element(
        'button',
        { type: 'button', class: 'small-button quiet', onclick: () => showDraft(null) },
        'Remove the card',
      ),
    );
  }

  composer.addEventListener('submit', async (event) => {
    event.preventDefault();
    const text = reply.value.trim();
    if (text === '' && draftCard === null) return;
    await onReply(text, draftCard);
    reply.value = '';
    showDraft(null);
  });
  reply.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) composer.requestSubmit();
  });

  return {
    insertCard,
    /** @param {string} id another conversation shows at once */
    isSelected: (id) => id === shownId && isSelected(parts),
    /** A reader who has scrolled up stays there. @param {Conversation} conversation */
    draw(conversation) {
      const place = shownId === conversation.id && isBeingRead(parts, 'bottom') ? parts.scrollTop : null;
      // Cards in it grow once their app has answered.
      const keepPlace = () => {
        parts.scrollTop = place ?? parts.scrollHeight;
      };
      const names = conversation.participants.map((person) => person.shown_name).join(', ');
      title.textContent = conversation.title ?? names;
      composer.hidden = false;
      contactId = conversation.participants[0]?.id ?? '';
      parts.replaceChildren(
        ...(conversation.parts.length > 0
          ? conversation.parts.map((part) => message(part, contactId, keepPlace))
          : [element('p', { class: 'empty' }, `Write the first message to ${names}.`)]),
      );
      keepPlace();
      if (shownId !== conversation.id) {
        reply.value = '';
        showDraft(null);
      }
      shownId = conversation.id;
    },
    /** A contact who has no conversation. @param {string} name */
    drawWithout(name) {
      title.textContent = name;
      composer.hidden = true;
      shownId = '';
      parts.replaceChildren(
        element(
          'div',
          { class: 'empty' },
          element('p', {}, 'No conversation yet. Intercom shows apps only beside a conversation.'),
          element(
            'button',
            { type: 'button', class: 'small-button', onclick: onStart },
            'Start conversation',
          ),
        ),
      );
    },
    /** @param {string} text */
    drawEmpty(text) {
      title.textContent = '';
      composer.hidden = true;
      parts.replaceChildren(element('p', { class: 'empty' }, text));
    },
  };
}

/**
 * @param {import('../api.js').Part} part
 * @param {string} contactId the contact that sees the card
 * @param {() => void} onDrawn when a card is
 */
function message({ author, body, created_at, card_id }, contactId, onDrawn) {
  const fromCompany = author.type === 'admin' || author.type === 'bot';
  const name = author.name ?? (fromCompany ? 'Teammate' : 'Visitor');
  return element(
    'article',
    { class: fromCompany ? 'message mine' : 'message' },
    avatar(name, author.id),
    element(
      'div',
      { class: 'bubble' },
      ...paragraphs(body).map((text) => element('p', { dir: 'auto' }, text)),
      card_id !== undefined && contactId !== '' && cardPreview(card_id, contactId, onDrawn),
      element('footer', {}, element('bdi', {}, name), ` · ${moment(created_at)}`),
    ),
  );
}
