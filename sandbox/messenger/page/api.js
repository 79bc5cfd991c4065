// @ts-check
// The Messenger pages' calls to the sandbox.

/** @typedef {import('../bodies.ts').Shown} Shown */
/** @typedef {import('../../inbox/canvas-calls.ts').Exchange} Exchange */
/** @typedef {import('../messenger.ts').Drawn} Drawn */
/** @typedef {import('../messenger.ts').Where} Where */
/** @typedef {import('../messenger.ts').Configured} Configured */
/** @typedef {import('../../world.ts').AppCard} AppCard */
/** @typedef {import('../../world.ts').ConversationPart} Part */
/**
 * @typedef {{
 *   id: string, role: 'user' | 'lead' | 'visitor', email: string | null, external_id: string | null,
 *   shown_name: string, name: string | null, token: boolean,
 * }} Person
 */
/** @typedef {{ users: Person[], leads: Person[], visitors: Person[], workspace: string }} People */
/** @typedef {{ id: string, title: string | null, updated_at: number, with_name: string, last: Part | null }} ConversationLine */
/**
 * @typedef {Person & {
 *   conversations: ConversationLine[], home: string[], workflows: { id: string, text: string }[],
 *   messages: { id: string, text: string, author: string | null, created_at: number }[],
 * }} PersonView
 */
/** @typedef {{ person: string, locale: string }} Viewer */
/** @typedef {{ component_id: string, input_values: Record<string, unknown> }} Press */

/**
 * @param {string} path
 * @param {unknown} [body] makes it a POST
 */
async function call(path, body) {
  const response = await fetch(
    `/messenger/api${path}`,
    body === undefined
      ? {}
      : { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) },
  );
  const answer = response.status === 204 ? null : await response.json();
  if (!response.ok) throw new Error(answer?.error ?? `The sandbox answered ${response.status}.`);
  return answer;
}

export const api = {
  /** @returns {Promise<People>} */
  people: () => call('/people'),
  /** @param {string} id @returns {Promise<PersonView>} */
  person: (id) => call(`/people/${encodeURIComponent(id)}`),
  /** @param {string} id @returns {Promise<ConversationLine & { parts: Part[] }>} */
  conversation: (id) => call(`/conversations/${encodeURIComponent(id)}`),
  /** @param {Viewer & { conversation_id: string | null, text: string }} said @returns {Promise<{ person: string, conversation_id: string }>} */
  say: (said) => call('/say', said),
  /** @param {string} person @param {string | null} kind @returns {Promise<Person>} */
  token: (person, kind) => call('/token', { person, kind }),
  /** @param {Viewer & { card_id: string }} who @returns {Promise<Drawn>} */
  view: (who) => call('/view', who),
  /** @param {Viewer & { card_id: string, shown: Shown } & Press} press @returns {Promise<Drawn>} */
  press: (press) => call('/press', press),
  /** @param {Viewer & { card_id: string, shown: Shown } & Press} press @returns {Promise<{ intercom_data: string }>} */
  sheet: (press) => call('/sheet', press),
  /** @param {string} url @param {string} intercom_data @returns {Promise<Exchange>} */
  sheetCheck: (url, intercom_data) => call('/sheet-check', { url, intercom_data }),
  /** @param {Viewer & { card_id: string, shown: Shown, values: Record<string, unknown> }} sent @returns {Promise<Drawn>} */
  submitSheet: (sent) => call('/submit-sheet', sent),
  /** @param {Viewer & { card_id: string }} who @returns {Promise<{ exchange: Exchange, conversation_id: string | null }>} */
  workflow: (who) => call('/workflow', who),

  /** @returns {Promise<{ workspace: string, admins: { id: string, name: string }[], cards: AppCard[] }>} */
  settings: () => call('/settings'),
  /** @param {Where} where @param {Press & { shown: Shown }} [step] @returns {Promise<Configured>} */
  configure: (where, step) => call('/configure', { where, step }),
  /**
   * @param {Where} where @param {Record<string, unknown> | null} options @param {string} [text]
   * @returns {Promise<{ exchange: Exchange, card: AppCard | null }>}
   */
  insert: (where, options, text) => call('/insert', { where, options, text }),
  /** @param {string} card_id */
  remove: (card_id) => call('/remove', { card_id }),
  /** @param {string} id @returns {Promise<AppCard>} */
  card: (id) => call(`/cards/${encodeURIComponent(id)}`),
};
