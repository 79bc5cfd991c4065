// @ts-check
// The middle of the page: the messages of a conversation, and the composer.
import { avatar, byId, element, isBeingRead, isSelected, paragraphs } from '../dom.js';
import { moment } from '../times.js';

/** @typedef {import('../api.js').Conversation} Conversation */

/**
 * @param {{ onReply(text: string): Promise<void>, onStart(): void }} handlers `onReply` rejects when it was not sent;
 * `onStart` is pressed for a contact without a conversation.
 */
export function createThread({ onReply, onStart }) {
  const title = byId('thread-title', HTMLElement);
  const parts = byId('parts', HTMLElement);
  const composer = byId('composer', HTMLFormElement);
  const reply = byId('reply', HTMLTextAreaElement);
  let shownId = '';

  composer.addEventListener('submit', async (event) => {
    event.preventDefault();
    const text = reply.value.trim();
    if (text === '') return;
    await onReply(text);
    reply.value = '';
  });
  reply.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) composer.requestSubmit();
  });

  return {
    /** @param {string} id another conversation shows at once */
    isSelected: (id) => id === shownId && isSelected(parts),
    /** A reader who has scrolled up stays there. @param {Conversation} conversation */
    draw(conversation) {
      const place = shownId === conversation.id && isBeingRead(parts, 'bottom') ? parts.scrollTop : null;
      const names = conversation.participants.map((person) => person.shown_name).join(', ');
      title.textContent = conversation.title ?? names;
      composer.hidden = false;
      parts.replaceChildren(
        ...(conversation.parts.length > 0
          ? conversation.parts.map(message)
          : [element('p', { class: 'empty' }, `Write the first message to ${names}.`)]),
      );
      parts.scrollTop = place ?? parts.scrollHeight;
      if (shownId !== conversation.id) reply.value = '';
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
          element('p', {}, 'No conversation yet. Intercom shows apps beside a conversation only.'),
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

/** @param {import('../api.js').Part} part */
function message({ author, body, created_at }) {
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
      element('footer', {}, element('bdi', {}, name), ` · ${moment(created_at)}`),
    ),
  );
}
