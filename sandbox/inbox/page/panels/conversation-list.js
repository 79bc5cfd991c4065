// @ts-check
// The list on the left: who wrote what and when, moved through by j and k or the arrow keys.
import { avatar, byId, element, isSelected, paragraphs } from '../dom.js';
import { age } from '../times.js';

/** @typedef {import('../api.js').ConversationLine} ConversationLine */

const channels = new Map([
  ['email', 'Email'],
  ['facebook', 'Facebook'],
  ['whatsapp', 'WhatsApp'],
  ['instagram', 'Instagram'],
]);

/** @param {(conversationId: string) => void} onChoose */
export function createConversationList(onChoose) {
  const list = byId('conversations', HTMLElement);
  /** @type {string[]} */
  let ids = [];
  /** @type {string | null} */
  let chosen = null;

  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target;
    if (target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]')) return;
    const inList = target instanceof Node && list.contains(target);
    const step = stepOf(event.key, inList);
    if (step === 0) return;
    event.preventDefault();
    const at = chosen === null ? -1 : ids.indexOf(chosen);
    const next = ids[Math.max(0, Math.min(ids.length - 1, at + step))];
    if (next === undefined || next === chosen) return;
    onChoose(next);
    if (inList) focusOn(next);
  });

  /** @param {string} id */
  const focusOn = (id) => {
    const button = list.querySelector(`button[data-conversation-id="${CSS.escape(id)}"]`);
    if (button instanceof HTMLElement) button.focus();
  };

  return {
    /** @param {string | null} chosenId what is chosen now; a new choice shows at once */
    isSelected: (chosenId) => chosenId === chosen && isSelected(list),
    /** @param {ConversationLine[]} conversations @param {string | null} chosenId */
    draw(conversations, chosenId) {
      const focused = document.activeElement?.getAttribute('data-conversation-id');
      ids = conversations.map((conversation) => conversation.id);
      chosen = chosenId;
      list.replaceChildren(
        ...conversations.map((conversation) =>
          element('li', {}, line(conversation, conversation.id === chosen)),
        ),
      );
      byId('conversation-count', HTMLElement).textContent = String(conversations.length);
      if (focused) focusOn(focused);
    },
  };

  /** @param {ConversationLine} conversation @param {boolean} isChosen */
  function line(conversation, isChosen) {
    const { id, last, participants } = conversation;
    const names = participants.map((person) => person.shown_name).join(', ') || 'No participants';
    const unread = !conversation.read && !isChosen;
    const preview =
      last === null
        ? 'No messages yet'
        : paragraphs(last.body).join(' ') || (last.card_id ? 'Referral Desk card' : '');
    const first = participants[0];
    return element(
      'button',
      {
        type: 'button',
        class: unread ? 'conversation unread' : 'conversation',
        'aria-current': isChosen ? 'true' : undefined,
        'data-conversation-id': id,
        onclick: () => onChoose(id),
      },
      avatar(names, first?.id ?? id),
      element(
        'span',
        { class: 'conversation-text' },
        element(
          'span',
          { class: 'conversation-top' },
          element('bdi', { class: 'conversation-name' }, names),
          element(
            'span',
            { class: 'conversation-age' },
            [channels.get(conversation.source_type), age(conversation.updated_at)]
              .filter(Boolean)
              .join(' · '),
          ),
        ),
        conversation.title !== null &&
          element('span', { class: 'conversation-title', dir: 'auto' }, conversation.title),
        element(
          'span',
          { class: 'conversation-preview', dir: 'auto' },
          last?.author.type === 'admin' && `${last.author.name ?? 'Teammate'}: `,
          preview,
        ),
      ),
      unread && element('span', { class: 'unread-dot' }, element('span', { class: 'hidden-text' }, 'unread')),
    );
  }
}

/** @param {string} key @param {boolean} inList Arrow keys scroll everywhere else. */
function stepOf(key, inList) {
  if (key === 'j' || (inList && key === 'ArrowDown')) return 1;
  if (key === 'k' || (inList && key === 'ArrowUp')) return -1;
  return 0;
}
