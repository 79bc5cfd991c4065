// @ts-check
// The app's card: one state for each participant, kept as Intercom keeps it until the conversation is left.
import { api } from '../api.js';
import { byId, element, icon } from '../dom.js';
import { drawCanvas } from './canvas-view.js';

/** @typedef {import('../api.js').Occasion} Occasion */
/** @typedef {import('../api.js').Answered} Answered */
/** @typedef {{ request: number, answered: Answered | null, trouble: string | null }} Shown */

// Intercom asks for the first five participants of a group conversation in advance, for others when chosen.
const prefetched = 5;
const firstCanvasHeight = 400;

/**
 * @param {{ onAnswer(): void, onCardOptions(options: Record<string, unknown>): void }} options `onAnswer` runs after every
 * answer: a submit may have changed the contact. `onCardOptions` is told when the app wants a card in the reply.
 */
export function createCard({ onAnswer, onCardOptions }) {
  const root = byId('card', HTMLElement);
  const body = byId('card-body', HTMLElement);
  const notes = byId('card-notes', HTMLElement);
  /** @type {Map<string, Shown>} */
  const shownFor = new Map();
  /** @type {Occasion | null} */
  let current = null;
  let requests = 0;

  byId('initialize', HTMLButtonElement).addEventListener('click', () => {
    if (current !== null) void initialize(current);
  });

  /**
   * The newest request for a participant wins; what an older one brings is ignored.
   * @param {Occasion} occasion
   * @param {() => Promise<Answered>} ask
   */
  async function request(occasion, ask) {
    const number = ++requests;
    /** @type {Shown} */
    const shown = {
      request: number,
      answered: shownFor.get(occasion.contact_id)?.answered ?? null,
      trouble: null,
    };
    shownFor.set(occasion.contact_id, shown);
    try {
      shown.answered = await ask();
    } catch (error) {
      shown.trouble = error instanceof Error ? error.message : String(error);
    }
    onAnswer();
    const stands = [...shownFor].find(([, card]) => card === shown);
    if (stands === undefined || current?.contact_id !== stands[0]) return;
    draw(shown);
    const options = shown.answered?.card_options;
    if (shown.trouble === null && options) onCardOptions(options);
  }

  /** @param {Occasion} occasion */
  function initialize(occasion) {
    if (current?.contact_id === occasion.contact_id) drawLoading();
    return request(occasion, () => api.initialize(occasion));
  }

  function drawLoading() {
    root.setAttribute('aria-busy', 'true');
    notes.hidden = true;
    body.replaceChildren(element('div', { class: 'ck-loading', role: 'status', 'aria-label': 'Loading' }));
  }

  /** @param {Shown} shown */
  function draw({ answered, trouble }) {
    root.removeAttribute('aria-busy');
    body.inert = false;
    const canvas = answered?.canvas;
    if (trouble !== null || answered === null || !canvas) {
      body.replaceChildren(
        element('div', { class: 'ck-broken', role: 'alert' }, icon('alert'), 'Something went wrong'),
      );
    } else {
      drawCanvas(body, canvas, (component_id, input_values, pressed) => {
        if (current === null) return;
        const occasion = current;
        // The pressed button will be gone: the keyboard goes on from the card, not from the top of the page.
        root.focus({ preventScroll: true });
        root.setAttribute('aria-busy', 'true');
        body.inert = true;
        pressed.classList.add('ck-pressed');
        const press = { ...occasion, component_id, input_values, current_canvas: canvas };
        void request(occasion, () => api.submit(press));
      });
    }
    drawNotes(answered, trouble);
  }

  /** @param {Answered | null} answered @param {string | null} trouble */
  function drawNotes(answered, trouble) {
    const problems = trouble === null ? (answered?.problems ?? []) : [trouble];
    const warnings = [...(answered?.warnings ?? [])];
    const height = body.offsetHeight;
    if (answered?.canvas && answered.kind === 'initialize' && height > firstCanvasHeight) {
      warnings.push(
        `The first canvas is ${height} px tall; Intercom's guideline is ${firstCanvasHeight} px.`,
      );
    }
    notes.hidden = problems.length + warnings.length === 0;
    notes.replaceChildren(
      element(
        'h3',
        { class: 'sandbox-note-title' },
        problems.length > 0 ? 'Intercom would refuse this' : "Does not follow Intercom's guidelines",
      ),
      element('ul', {}, ...[...problems, ...warnings].map((text) => element('li', { dir: 'auto' }, text))),
    );
  }

  return {
    /** The contact changed: Intercom leaves an open card as it is, which the page says instead of asking the app. */
    contactChanged() {
      if (current === null || root.hidden) return;
      notes.hidden = false;
      notes.replaceChildren(
        element('h3', { class: 'sandbox-note-title' }, 'The card may be out of date'),
        element(
          'p',
          {},
          'Intercom loads a card when a conversation is opened or another participant is chosen, not when the contact changes. Press Refresh on the card, or open the conversation again.',
        ),
      );
    },
    /**
     * A conversation is opened: ask for its first participants at once, show one of them.
     * @param {Occasion} occasion
     * @param {string[]} contactIds all participants
     */
    open(occasion, contactIds) {
      shownFor.clear();
      current = occasion;
      root.hidden = false;
      drawLoading();
      const first = contactIds.slice(0, prefetched);
      if (!first.includes(occasion.contact_id)) first.push(occasion.contact_id);
      for (const contact_id of first) void initialize({ ...occasion, contact_id });
    },
    /** Another participant is chosen. @param {Occasion} occasion */
    show(occasion) {
      current = occasion;
      const shown = shownFor.get(occasion.contact_id);
      if (shown === undefined) return void initialize(occasion);
      if (shown.answered === null && shown.trouble === null) drawLoading();
      else draw(shown);
    },
    /**
     * The shown contact was merged into another: the card stays as it is and belongs to the survivor.
     * @param {string} from
     * @param {string} into
     */
    moved(from, into) {
      const shown = shownFor.get(from);
      if (shown !== undefined) shownFor.set(into, shown);
      shownFor.delete(from);
      if (current?.contact_id === from) current = { ...current, contact_id: into };
    },
    /** No conversation is open, so there is no card. */
    close() {
      current = null;
      shownFor.clear();
      root.hidden = true;
      notes.hidden = true;
    },
  };
}
