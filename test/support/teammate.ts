// A teammate at the sidebar: opens a contact's card, reads it, presses its buttons.
import { expect } from 'vitest';
import { checkCanvas } from '../../sandbox/inbox/canvas-check.ts';
import { newestVersion } from '../../sandbox/intercom/call.ts';
import { contactJson } from '../../sandbox/intercom/contacts/contact-json.ts';
import { seededContact } from '../../sandbox/story/seed.ts';
import { sign, type TestApp } from './app.ts';

/** A component of a canvas, as it came. */
export type Component = { type: string; id?: string; label?: string; text?: string; [key: string]: unknown };
type CanvasBody = { canvas: { content: { components: Component[] }; stored_data?: object } };

export type ShownCard = {
  components: Component[];
  /** Everything that can be read on it, a line each. */
  text: string;
  labels: string[];
  /** Presses the button with this label; `with` fills inputs by their id. */
  press(label: string, inputs?: Record<string, unknown>): Promise<ShownCard>;
  /** Chooses the list item with this in its title. */
  choose(title: string): Promise<ShownCard>;
  /** The signed request behind a press, to be sent any number of times. */
  requestOf(label: string, inputs?: Record<string, unknown>): { path: string; raw: string };
};

export type Person = { id: string } | { email: string; role?: 'lead' | 'user' };

export const teammate = {
  type: 'admin',
  id: '7310001',
  name: 'Aoife Brennan',
  email: 'aoife@northwind.example',
};

/** The body of an inbox request about the sandbox's contact in its current state. */
export function inboxBody(app: TestApp, who: Person, more: object = {}): Record<string, unknown> {
  const id = 'id' in who ? who.id : seededContact(who.email, who.role).id;
  const contact = app.sandbox.world.contacts.get(id);
  if (!contact) throw new Error(`The sandbox has no contact ${id}`);
  const conversation = app.sandbox.world.conversations.all().find((each) => each.contact_ids.includes(id));
  return {
    workspace_id: 'sandbox',
    workspace_region: 'US',
    admin: teammate,
    conversation: {
      type: 'conversation',
      id: conversation?.id ?? '1',
      source: { type: conversation?.source_type ?? 'conversation' },
    },
    contact: contactJson(app.sandbox.world, contact, newestVersion),
    ...more,
  };
}

export async function openCard(app: TestApp, who: Person, more: object = {}): Promise<ShownCard> {
  const body = inboxBody(app, who, more);
  return shown(app, body, await send(app, '/intercom/inbox/initialize', JSON.stringify(body)), true);
}

export async function pressId(
  app: TestApp,
  who: Person,
  componentId: string,
  inputs: object = {},
): Promise<ShownCard> {
  const body = inboxBody(app, who, { component_id: componentId, input_values: inputs });
  return shown(app, body, await send(app, '/intercom/inbox/submit', JSON.stringify(body)), false);
}

export async function send(
  app: TestApp,
  path: string,
  raw: string | Buffer,
  signature: string | null = sign(raw),
) {
  return fetch(app.url + path, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      ...(signature === null ? {} : { 'X-Body-Signature': signature }),
    },
    body: raw,
  });
}

export async function sendAgain(app: TestApp, request: { path: string; raw: string }): Promise<ShownCard> {
  return shown(app, JSON.parse(request.raw), await send(app, request.path, request.raw), false);
}

async function shown(
  app: TestApp,
  body: Record<string, unknown>,
  answer: Response,
  first: boolean,
): Promise<ShownCard> {
  expect(answer.status).toBe(200);
  const { canvas, ...more } = (await answer.json()) as CanvasBody;
  expect(checkCanvas({ canvas, ...more }, 'inbox', first ? 'initialize' : 'submit').problems).toEqual([]);
  const { components } = canvas.content;
  const requestOf = (componentId: string, inputs: Record<string, unknown>) => {
    const fresh = inboxBody(app, { id: currentId(app, body) });
    const raw = JSON.stringify({
      ...fresh,
      component_id: componentId,
      input_values: inputs,
      current_canvas: canvas,
    });
    return { path: '/intercom/inbox/submit', raw };
  };
  const idOf = (label: string) => {
    const button = components.find((component) => component.type === 'button' && component.label === label);
    if (!button?.id)
      throw new Error(`There is no button "${label}" among: ${labelsOf(components).join(', ')}`);
    return button.id;
  };
  const pressed = async (id: string, inputs: Record<string, unknown>) => {
    const { path, raw } = requestOf(id, inputs);
    return shown(app, JSON.parse(raw), await send(app, path, raw), false);
  };
  return {
    components,
    text: components.flatMap(readable).join('\n'),
    labels: labelsOf(components),
    press: (label, inputs = {}) => pressed(idOf(label), inputs),
    choose: (title) => pressed(itemNamed(components, title), {}),
    requestOf: (label, inputs = {}) => requestOf(idOf(label), inputs),
  };
}

/** Intercom shows the contact that survived a merge. */
function currentId(app: TestApp, body: Record<string, unknown>): string {
  const id = (body.contact as { id: string }).id;
  return app.sandbox.world.contacts.get(id)?.merged_into ?? id;
}

export const labelsOf = (components: Component[]) =>
  components.flatMap((component) =>
    component.type === 'button' && component.label ? [component.label] : [],
  );

export function itemNamed(components: Component[], title: string): string {
  const items = components.flatMap((component) =>
    component.type === 'list' ? (component.items as { id: string; title: string }[]) : [],
  );
  const found = items.find((item) => item.title.includes(title));
  if (!found) throw new Error(`There is no "${title}" among: ${items.map((item) => item.title).join(', ')}`);
  return found.id;
}

export function readable(component: Component): string[] {
  if (component.type === 'data-table') {
    return (component.items as { field: string; value: string }[]).map(
      (item) => `${item.field}: ${item.value}`,
    );
  }
  if (component.type === 'list') {
    const items = component.items as { title: string; subtitle?: string; tertiary_text?: string }[];
    return items.map((item) => [item.title, item.subtitle, item.tertiary_text].filter(Boolean).join(' | '));
  }
  return [component.text ?? component.label ?? ''];
}
