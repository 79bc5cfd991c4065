// @ts-check
// The page's calls: to the sandbox for what it shows, and to Intercom's own API for changing a contact.

/** @typedef {{ id: string, role: 'lead' | 'user', email: string | null, phone: string | null, shown_name: string }} Person */
/** @typedef {{ author: { type: string, id: string, name: string | null }, body: string, created_at: number, card_id?: string }} Part */
/**
 * @typedef {{
 *   id: string, title: string | null, source_type: string, open: boolean, read: boolean, assignee: string | null,
 *   updated_at: number, last: Part | null, participants: Person[],
 * }} ConversationLine
 */
/** @typedef {ConversationLine & { parts: Part[] }} Conversation */
/** @typedef {{ name: string, data_type: string, options: string[] | null }} Attribute */
/**
 * @typedef {Person & {
 *   contact: Record<string, any> & { custom_attributes: Record<string, unknown> },
 *   conversation_ids: string[], tags: string[], companies: string[], owner: string | null,
 *   notes: { body: string, created_at: number, author: string | null }[], attributes: Attribute[],
 * }} PersonDetails
 */
/** @typedef {{ id: string, name: string, admins: { id: string, name: string, job_title: string | null }[] }} Workspace */
/** @typedef {import('../canvas-calls.ts').Exchange} Exchange */
/** @typedef {{ content: { components: import('../canvas-schemas.ts').Component[] } }} Canvas */
/** @typedef {Exchange & { canvas: Canvas | null, card_options: Record<string, unknown> | null }} Answered */
/** @typedef {{ conversation_id: string, contact_id: string, admin_id: string }} Occasion */

/**
 * @param {string} path
 * @param {unknown} [body] makes it a POST
 */
async function call(path, body) {
  const response = await fetch(
    `/inbox/api${path}`,
    body === undefined
      ? {}
      : { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) },
  );
  const answer = response.status === 204 ? null : await response.json();
  if (!response.ok) throw new Error(answer?.error ?? `The sandbox answered ${response.status}.`);
  return answer;
}

export const api = {
  /** @returns {Promise<Workspace>} */
  workspace: () => call('/workspace'),
  /** @returns {Promise<ConversationLine[]>} */
  conversations: () => call('/conversations'),
  /** @param {string} id @returns {Promise<Conversation>} */
  conversation: (id) => call(`/conversations/${encodeURIComponent(id)}`),
  /** @param {string} id */
  markRead: (id) => call(`/conversations/${encodeURIComponent(id)}/read`, {}),
  /** @param {string} id @param {string} admin_id @param {string} text @param {string | null} cardId */
  reply: (id, admin_id, text, cardId) =>
    call(`/conversations/${encodeURIComponent(id)}/replies`, {
      admin_id,
      text,
      ...(cardId !== null && { card_id: cardId }),
    }),
  /** @param {string} contact_id @param {string} admin_id @returns {Promise<ConversationLine>} */
  startConversation: (contact_id, admin_id) => call('/conversations', { contact_id, admin_id }),
  /** @param {string} words @returns {Promise<Person[]>} */
  findContacts: (words) => call(`/contacts?search=${encodeURIComponent(words)}`),
  /** @param {string} id @returns {Promise<PersonDetails>} */
  contact: (id) => call(`/contacts/${encodeURIComponent(id)}`),
  /** @param {Occasion} occasion @returns {Promise<Answered>} */
  initialize: (occasion) => call('/initialize', occasion),
  /**
   * @param {Occasion & { component_id: string, input_values: Record<string, unknown>, current_canvas: Canvas }} press
   * @returns {Promise<Answered>}
   */
  submit: (press) => call('/submit', press),
  /** @returns {Promise<Exchange[]>} */
  exchanges: () => call('/exchanges'),

  /**
   * Changes a contact through Intercom's REST API as any client would, so that its rules hold and its webhooks fire.
   * @param {string} id
   * @param {Record<string, unknown>} changes
   * @returns {Promise<string | null>} Intercom's objection, or null
   */
  async changeContact(id, changes) {
    const response = await fetch(`/contacts/${encodeURIComponent(id)}`, {
      method: 'PUT',
      headers: {
        Authorization: 'Bearer sandbox-access-token',
        'Content-Type': 'application/json',
      },
      body: JSON.stringify(changes),
    });
    if (response.ok) return null;
    const answer = await response.json().catch(() => null);
    return answer?.errors?.[0]?.message ?? `Intercom answered ${response.status}.`;
  },
};
