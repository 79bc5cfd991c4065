// The Canvas Kit requests that the Inbox sends, when a card is opened and when something on it is pressed.

import { newestVersion } from '../intercom/call.ts';
import { contactJson } from '../intercom/contacts/contact-json.ts';
import { canvasAdminJson } from '../intercom/workspace/admin-json.ts';
import { wholeConversationJson } from '../intercom/workspace/conversations.ts';
import type { Admin, Contact, Conversation, World } from '../world.ts';
import type { CanvasCalls, Exchange } from './canvas-calls.ts';
import { checkCanvas } from './canvas-check.ts';

export type Occasion = { conversation: Conversation; contact: Contact; admin: Admin };
export type Press = {
  component_id: string;
  input_values: Record<string, unknown>;
  current_canvas: Record<string, unknown>;
};

export type CardAnswer = {
  exchange: Exchange;
  /** Null when it cannot be drawn; the exchange says why. */
  canvas: unknown;
  /** What a Messenger card in the reply is to be made of, when the app asks for one. */
  cardOptions: Record<string, unknown> | null;
};

export type CanvasRequests = { send(occasion: Occasion, press?: Press): Promise<CardAnswer> };

export function createCanvasRequests(world: World, appUrl: () => string, calls: CanvasCalls): CanvasRequests {
  return {
    async send(occasion, press) {
      const kind = press === undefined ? 'initialize' : 'submit';
      const { exchange, answer } = await calls.call({
        surface: 'inbox',
        kind,
        url: `${appUrl()}/intercom/inbox/${kind}`,
        body: requestBody(world, occasion, press),
        contact_id: occasion.contact.id,
        component_id: press?.component_id ?? null,
        check: (parsed) => checkCanvas(parsed, 'inbox', kind),
      });
      const { canvas = null, card_creation_options = null } = Object(answer);
      return { exchange, canvas, cardOptions: card_creation_options };
    },
  };
}

function requestBody(world: World, { conversation, contact, admin }: Occasion, press: Press | undefined) {
  return {
    workspace_id: world.workspace.id,
    workspace_region: world.workspace.region,
    admin: canvasAdminJson(admin),
    conversation: wholeConversationJson(world, conversation, newestVersion),
    contact: contactJson(world, contact, newestVersion),
    ...press,
  };
}
