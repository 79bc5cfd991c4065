// The Messenger without a browser: teammates put the app somewhere, users, leads and visitors open it and press.
import { randomUUID } from 'node:crypto';
import type { Exchange } from '../../sandbox/inbox/canvas-calls.ts';
import type { Json, Shown } from '../../sandbox/messenger/bodies.ts';
import type { Configured, Drawn, Viewer, Where } from '../../sandbox/messenger/messenger.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { seededContact } from '../../sandbox/story/seed.ts';
import type { AppCard } from '../../sandbox/world.ts';
import { sign, type TestApp } from './app.ts';
import { intercom } from './changes.ts';
import { type Component, itemNamed, labelsOf, readable } from './teammate.ts';

/** What both the app's tests and the sandbox's own have. */
export type Stage = { sandbox: Sandbox };

/** A contact of the sandbox's story by email, any contact or visitor by id, or the story's first visitor. */
export type EndUser = { email: string; role?: 'lead' | 'user' } | { id: string } | 'visitor';

export type Looking = { locale?: string | undefined; referrer?: string | undefined };

/** What can be read and pressed on a canvas. */
type Readable = {
  components: Component[];
  /** Everything that can be read on it, a line each. */
  text: string;
  labels: string[];
  /** Where the button with this label leads, which has a url or a sheet action. */
  linkOf(label: string): string;
  /** What is chosen or typed in the input with this id when it is drawn. */
  valueOf(id: string): unknown;
};

export type MessengerCard = Readable & {
  card: AppCard;
  /** The requests behind it, oldest first. */
  exchanges: Exchange[];
  completed: boolean;
  shown: Shown;
  /** Presses the button with this label; `inputs` fills inputs by their id over what they are drawn with. */
  press(label: string, inputs?: Json): Promise<MessengerCard>;
  /** Chooses the list item, or the option of a single-select with an action, that contains these words. */
  choose(words: string): Promise<MessengerCard>;
  /** Uses the component with this id, whether it is there or not. */
  pressId(componentId: string, inputs?: Json): Promise<MessengerCard>;
  /** The signed request behind a press, to be changed and sent any number of times with `sendRaw`. */
  requestOf(label: string, inputs?: Json): { path: string; body: Json };
  /** Opens the sheet of the button with this label. */
  openSheet(label: string, inputs?: Json): Promise<Sheet>;
  /** The same card as when the Messenger is opened again. */
  again(who?: EndUser, looking?: Looking): Promise<MessengerCard>;
};

export type Sheet = {
  status: number | null;
  html: string;
  headers: Headers;
  /** Where the browser posted `intercom_data`, and what that was. */
  url: string;
  intercomData: Json;
  /** `submitSheet` of Intercom's library. */
  submit(values: Json): Promise<MessengerCard>;
};

export type ConfigureScreen = Readable & {
  /** What the configuration came to, once it is over. */
  results: Json | null;
  exchange: Exchange;
  press(label: string, inputs?: Json): Promise<ConfigureScreen>;
  choose(words: string): Promise<ConfigureScreen>;
  /** Initializes the app there with the results. */
  insert(): Promise<AppCard>;
};

/** The teammate who installed the app. */
const teammateId = '7310001';

export function idOf(stage: Stage, who: EndUser): string {
  if (who === 'visitor') {
    const [visitor] = stage.sandbox.world.visitors.all();
    if (!visitor) throw new Error('The sandbox has no visitor');
    return visitor.id;
  }
  return 'id' in who ? who.id : seededContact(who.email, who.role).id;
}

/** The newest conversation of this person. */
export function conversationOf(stage: Stage, who: EndUser): string {
  const id = idOf(stage, who);
  const all = stage.sandbox.world.conversations.all().filter((each) => each.contact_ids.includes(id));
  const newest = all.sort((a, b) => b.updated_at - a.updated_at)[0];
  if (!newest) throw new Error(`The sandbox has no conversation with ${id}`);
  return newest.id;
}

/** A teammate begins to put the app somewhere. */
export async function configure(
  stage: Stage,
  where: Partial<Where> & Pick<Where, 'place'>,
): Promise<ConfigureScreen> {
  const whole = { admin_id: teammateId, ...where };
  return configuring(stage, whole, await stage.sandbox.messenger.configure(whole));
}

/** Puts the app on Home, into a message or a Workflow with these options, without configuring it. */
export async function insertCard(
  stage: Stage,
  where: Partial<Where> & Pick<Where, 'place'>,
  options: Json | null = null,
): Promise<AppCard> {
  const { exchange, card } = await stage.sandbox.messenger.insert(
    { admin_id: teammateId, ...where },
    options,
  );
  accept(exchange);
  if (!card) throw new Error('The app was not put there');
  return card;
}

/** Opens a card that a teammate put somewhere. */
export async function openMessengerCard(
  stage: Stage,
  card: AppCard,
  who: EndUser,
  looking: Looking = {},
): Promise<MessengerCard> {
  const viewer = { ...looking, id: idOf(stage, who) };
  return drawn(stage, card, viewer, await stage.sandbox.messenger.view(card.id, viewer));
}

/** Starts a Workflow for someone, and opens the card that it brings. */
export async function startWorkflow(
  stage: Stage,
  workflow: AppCard,
  who: EndUser,
  looking: Looking = {},
): Promise<MessengerCard> {
  const viewer = { ...looking, id: idOf(stage, who) };
  const { exchange, conversation_id } = await stage.sandbox.messenger.deliver(workflow.id, viewer);
  accept(exchange);
  const card = stage.sandbox.world.cards.all().find((each) => each.conversation_id === conversation_id);
  if (!card) throw new Error('The Workflow brought no card');
  return openMessengerCard(stage, card, who, looking);
}

/** Sends any bytes to an address of the app's, signed unless another signature or null is given. */
export async function sendRaw(
  appUrl: string,
  path: string,
  body: Json | string,
  signature?: string | null,
): Promise<Response> {
  const raw = typeof body === 'string' ? body : JSON.stringify(body);
  const signed = signature === undefined ? sign(raw) : signature;
  return fetch(path.startsWith('http') ? path : appUrl + path, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      ...(signed !== null && { 'X-Body-Signature': signed }),
    },
    body: raw,
  });
}

/** Throws what Intercom would object to. */
function accept({ kind, problems, warnings, response }: Exchange): void {
  const objections = [...problems, ...warnings];
  if (objections.length > 0)
    throw new Error(`${kind}: ${objections.join('; ')}\nThe app answered: ${response.slice(0, 800)}`);
}

function drawn(stage: Stage, card: AppCard, viewer: Viewer, result: Drawn): MessengerCard {
  for (const exchange of result.exchanges) accept(exchange);
  const { shown } = result;
  if (!shown?.content) throw new Error('Nothing is shown');
  const { messenger } = stage.sandbox;
  const components = shown.content.components as Component[];
  const use = async (component_id: string, inputs: Json) => {
    const input_values = { ...drawnValues(components), ...inputs };
    const answered = await messenger.press(card.id, viewer, shown, { component_id, input_values });
    return drawn(stage, card, viewer, answered);
  };
  const sheetOf = async (label: string, inputs: Json): Promise<Sheet> => {
    const press = {
      component_id: buttonNamed(components, label).id ?? '',
      input_values: { ...drawnValues(components), ...inputs },
    };
    const url = linkOf(components, label);
    const data = messenger.sheetData(card.id, viewer, shown, press);
    const { status, html, headers, exchange } = await messenger.openSheet(url, data);
    accept(exchange);
    const submit = async (values: Json) =>
      drawn(stage, card, viewer, await messenger.submitSheet(card.id, viewer, shown, values));
    return { status, html, headers, url, intercomData: JSON.parse(data), submit };
  };
  return {
    ...readableOf(components),
    card,
    exchanges: result.exchanges,
    completed: result.completed,
    shown,
    press: (label, inputs = {}) => use(buttonNamed(components, label).id ?? '', inputs),
    choose: (words) => {
      const { id, inputs } = choiceNamed(components, words);
      return use(id, inputs);
    },
    pressId: (componentId, inputs = {}) => use(componentId, inputs),
    requestOf: (label, inputs = {}) => ({
      path: '/intercom/messenger/submit',
      body: messenger.pressBody(card.id, viewer, shown, {
        component_id: buttonNamed(components, label).id ?? '',
        input_values: { ...drawnValues(components), ...inputs },
      }),
    }),
    openSheet: (label, inputs = {}) => sheetOf(label, inputs),
    again: (who, looking) =>
      openMessengerCard(stage, stage.sandbox.world.cards.get(card.id) ?? card, who ?? { id: viewer.id }, {
        locale: viewer.locale,
        referrer: viewer.referrer,
        ...looking,
      }),
  };
}

function configuring(stage: Stage, where: Where, { exchange, shown, results }: Configured): ConfigureScreen {
  accept(exchange);
  const components = (shown?.content?.components ?? []) as Component[];
  const use = async (component_id: string, inputs: Json) => {
    const input_values = { ...drawnValues(components), ...inputs };
    const step = { component_id, input_values, shown: shown ?? {} };
    return configuring(stage, where, await stage.sandbox.messenger.configure(where, step));
  };
  return {
    ...readableOf(components),
    results,
    exchange,
    press: (label, inputs = {}) => use(buttonNamed(components, label).id ?? '', inputs),
    choose: (words) => {
      const { id, inputs } = choiceNamed(components, words);
      return use(id, inputs);
    },
    insert: () => insertCard(stage, where, results),
  };
}

function readableOf(components: Component[]): Readable {
  return {
    components,
    text: components.flatMap(readable).join('\n'),
    labels: labelsOf(components),
    linkOf: (label) => linkOf(components, label),
    valueOf: (id) => components.find((component) => component.id === id)?.value,
  };
}

function buttonNamed(components: Component[], label: string): Component {
  const button = components.find((component) => component.type === 'button' && component.label === label);
  if (!button) throw new Error(`There is no button "${label}" among: ${labelsOf(components).join(', ')}`);
  if (button.disabled) throw new Error(`The button "${label}" is disabled`);
  return button;
}

function linkOf(components: Component[], label: string): string {
  const { url } = buttonNamed(components, label).action as { url?: string };
  if (url === undefined) throw new Error(`The button "${label}" leads nowhere`);
  return url;
}

/** A list's item sends its id alone; a single-select that acts sends its own, with the option as its value. */
function choiceNamed(components: Component[], words: string): { id: string; inputs: Json } {
  for (const component of components) {
    if (component.type !== 'single-select' || !component.action) continue;
    const options = component.options as { id: string; text: string }[];
    const option = options.find(({ text }) => text.includes(words));
    if (option) return { id: component.id ?? '', inputs: { [component.id ?? '']: option.id } };
  }
  return { id: itemNamed(components, words), inputs: {} };
}

/** What the Messenger sends of inputs that no one touched. */
function drawnValues(components: Component[]): Json {
  const untouched: Record<string, unknown> = {
    input: '',
    textarea: '',
    'single-select': null,
    dropdown: null,
    checkbox: [],
  };
  const inputs = components.filter(({ type }) => type in untouched);
  return Object.fromEntries(inputs.map(({ id, type, value }) => [id, value ?? untouched[type]]));
}

export async function campaignIdOf(app: Pick<TestApp, 'query'>, name: string): Promise<string> {
  const [found] = await app.query<{ id: string }>('select id from campaigns where name = $1', [name]);
  return found?.id ?? '';
}

export type NewUser = { id: string; email: string; external_id: string };

/** A user of the sandbox that the program does not know. */
export async function createUser(app: TestApp, more = {}): Promise<NewUser> {
  const external_id = `user-${randomUUID()}`;
  const email = `${external_id}@users.example`;
  const { id } = await intercom(app, 'POST', '/contacts', {
    ...{ role: 'user', name: 'Nora Newcomer', email, external_id },
    ...more,
  });
  return { id, email, external_id };
}
