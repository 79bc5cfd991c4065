// The JSON that the Messenger's pages live on: who is there, what they see, and what a press or a teammate sends to the app.

import express from 'express';
import { z } from 'zod';
import { answerErrors, asParagraphs, found } from '../inbox/inbox-api.ts';
import { shownName, survivingContact } from '../inbox/people.ts';
import type { Api } from '../intercom/call.ts';
import { visitorAsLead } from '../intercom/contacts/visitors.ts';
import type { AppCard, Contact, Conversation, World } from '../world.ts';
import type { Messenger } from './messenger.ts';
import { messengerSecret, userToken } from './user-token.ts';

const record = z.record(z.string(), z.unknown());
const shownSchema = z.object({
  content_url: z.string().optional(),
  content: z.object({ components: z.array(record) }).optional(),
  stored_data: record.optional(),
});
const pressed = { component_id: z.string(), input_values: record };
const viewerSchema = z.object({ person: z.string(), locale: z.string() });
const cardSchema = viewerSchema.extend({ card_id: z.string() });
const pressSchema = cardSchema.extend({ shown: shownSchema, ...pressed });
const submitSheetSchema = cardSchema.extend({ shown: shownSchema, values: record });
const sheetCheckSchema = z.object({ url: z.url(), intercom_data: z.string() });
const saySchema = viewerSchema.extend({
  conversation_id: z.string().nullable(),
  text: z.string().trim().min(1).max(10_000),
});
const whereSchema = z.object({
  place: z.enum(['home', 'conversation', 'operator', 'message']),
  admin_id: z.string(),
  conversation_id: z.string().optional(),
  locale: z.string().optional(),
  card_id: z.string().optional(),
});
const configureSchema = z.object({
  where: whereSchema,
  step: z.object({ shown: shownSchema, ...pressed }).optional(),
});
const insertSchema = z.object({
  where: whereSchema,
  options: record.nullable(),
  text: z.string().max(1_000).default(''),
});
const removeSchema = z.object({ card_id: z.string() });
const tokenSchema = z.object({
  person: z.string(),
  /** Null takes the token away. */
  kind: z.enum(['fresh', 'expired', 'forged']).nullable(),
});

/** The attribute in which the company's page hands the token over. */
const tokenAttribute = 'referral_token';

/** To be mounted at `/messenger/api`. Errors are `{error}` with a 4xx status. */
export function messengerApi(api: Api, messenger: Messenger): express.Router {
  const router = express.Router();
  router.use(express.json({ limit: '1mb' }));
  peopleRoutes(router, api);
  cardRoutes(router, messenger);
  teammateRoutes(router, api.world, messenger);
  router.use((_req, res) => void res.status(404).json({ error: 'Page not found.' }));
  router.use(answerErrors);
  return router;
}

function peopleRoutes(router: express.Router, api: Api) {
  const { world } = api;
  router.get('/people', (_req, res) => {
    const present = world.contacts
      .all()
      .filter((contact) => !contact.archived && contact.merged_into === null);
    const of = (role: Contact['role']) =>
      present.filter((contact) => contact.role === role).map((contact) => personLine(world, contact.id));
    const visitors = world.visitors.all().map(({ id }) => personLine(world, id));
    res.json({ users: of('user'), leads: of('lead'), visitors, workspace: world.workspace.name });
  });
  router.get('/people/:id', (req, res) => {
    const person = personLine(world, req.params.id);
    const conversations = world.conversations
      .all()
      .filter((each) => each.contact_ids.some((id) => (survivingContact(world, id)?.id ?? id) === person.id))
      .sort((a, b) => b.updated_at - a.updated_at);
    const placed = (place: AppCard['place']) => world.cards.all().filter((card) => isPlaced(card, place));
    res.json({
      ...person,
      conversations: conversations.map((each) => conversationLine(world, each)),
      home: placed('home').map(({ id }) => id),
      workflows: placed('operator').map(({ id, text }) => ({ id, text })),
      messages: placed('message').map(({ id, text, admin_id, created_at }) => ({
        id,
        text,
        author: world.admins.get(admin_id)?.name ?? null,
        created_at,
      })),
    });
  });
  router.get('/conversations/:id', (req, res) => {
    const conversation = found(world.conversations.get(req.params.id), 'conversation');
    res.json({ ...conversationLine(world, conversation), parts: conversation.parts });
  });
  router.post('/say', (req, res) => {
    const { person, conversation_id, text } = saySchema.parse(req.body);
    const id = asContact(api, person);
    res.status(201).json({ person: id, conversation_id: say(world, id, conversation_id, text) });
  });
  router.post('/token', (req, res) => {
    const { person, kind } = tokenSchema.parse(req.body);
    const contact = found(world.contacts.get(person), 'contact');
    const { [tokenAttribute]: _, ...attributes } = contact.custom_attributes;
    const token = kind === null ? {} : { [tokenAttribute]: tokenOf(contact, kind) };
    world.contacts.put({ ...contact, custom_attributes: { ...attributes, ...token } });
    res.json(personLine(world, person));
  });
}

function cardRoutes(router: express.Router, messenger: Messenger) {
  const viewer = ({ person, locale }: z.infer<typeof viewerSchema>) => ({ id: person, locale });
  router.post('/view', async (req, res) => {
    const given = cardSchema.parse(req.body);
    res.json(await messenger.view(given.card_id, viewer(given)));
  });
  router.post('/press', async (req, res) => {
    const { card_id, shown, component_id, input_values, ...who } = pressSchema.parse(req.body);
    res.json(await messenger.press(card_id, viewer(who), shown, { component_id, input_values }));
  });
  router.post('/sheet', (req, res) => {
    const { card_id, shown, component_id, input_values, ...who } = pressSchema.parse(req.body);
    const intercom_data = messenger.sheetData(card_id, viewer(who), shown, { component_id, input_values });
    res.json({ intercom_data });
  });
  router.post('/sheet-check', async (req, res) => {
    const { url, intercom_data } = sheetCheckSchema.parse(req.body);
    res.json((await messenger.openSheet(url, intercom_data)).exchange);
  });
  router.post('/submit-sheet', async (req, res) => {
    const { card_id, shown, values, ...who } = submitSheetSchema.parse(req.body);
    res.json(await messenger.submitSheet(card_id, viewer(who), shown, values));
  });
}

function teammateRoutes(router: express.Router, world: World, messenger: Messenger) {
  router.get('/settings', (_req, res) => {
    const admins = world.admins.all().map(({ id, name }) => ({ id, name }));
    const cards = world.cards.all().filter((card) => !card.draft && isPlaced(card, card.place));
    res.json({ workspace: world.workspace.name, admins, cards });
  });
  router.post('/configure', async (req, res) => {
    const { where, step } = configureSchema.parse(req.body);
    res.json(await messenger.configure(where, step));
  });
  router.post('/insert', async (req, res) => {
    const { where, options, text } = insertSchema.parse(req.body);
    res.json(await messenger.insert(where, options, text));
  });
  router.post('/remove', (req, res) => {
    messenger.remove(removeSchema.parse(req.body).card_id);
    res.status(204).end();
  });
  router.get('/cards/:id', (req, res) => void res.json(found(world.cards.get(req.params.id), 'card')));
  router.post('/workflow', async (req, res) => {
    const { card_id, person, locale } = cardSchema.parse(req.body);
    res.json(await messenger.deliver(card_id, { id: person, locale }));
  });
}

/** Whether it is there for people to find: a Workflow's cards in conversations are copies. */
function isPlaced(card: AppCard, place: AppCard['place']): boolean {
  return card.place === place && !card.draft && card.conversation_id === null;
}

function personLine(world: World, id: string) {
  const contact = survivingContact(world, id);
  if (contact) {
    const { role, email, custom_attributes, external_id } = contact;
    const token = custom_attributes[tokenAttribute] !== undefined;
    return {
      id: contact.id,
      role,
      email,
      external_id,
      shown_name: shownName(contact),
      name: contact.name,
      token,
    };
  }
  const { email, name, pseudonym } = found(world.visitors.get(id), 'person');
  const shown_name = name ?? pseudonym;
  return { id, role: 'visitor' as const, email, external_id: null, shown_name, name, token: false };
}

function conversationLine(world: World, conversation: Conversation) {
  const { id, title, updated_at, parts, admin_assignee_id } = conversation;
  const last = parts.at(-1);
  const with_name = world.admins.get(admin_assignee_id ?? '')?.name ?? world.workspace.name;
  return { id, title, updated_at, with_name, last: last ?? null };
}

/** A visitor who writes is a lead from then on. */
function asContact(api: Api, id: string): string {
  const contact = survivingContact(api.world, id);
  if (contact) return contact.id;
  return visitorAsLead(api, found(api.world.visitors.get(id), 'person')).id;
}

/** Into this conversation, or a new one; its id. */
function say(world: World, personId: string, conversationId: string | null, text: string): string {
  const contact = found(world.contacts.get(personId), 'contact');
  const now = world.now();
  const part = {
    id: world.newNumericId(),
    author: { type: contact.role, id: contact.id, name: contact.name },
    body: asParagraphs(text),
    created_at: now,
  };
  const known =
    conversationId === null ? null : found(world.conversations.get(conversationId), 'conversation');
  const conversation = known ?? {
    id: world.newNumericId(),
    contact_ids: [contact.id],
    title: null,
    source_type: 'conversation' as const,
    admin_assignee_id: null,
    created_at: now,
    parts: [],
  };
  const parts = [...conversation.parts, part];
  return world.conversations.put({ ...conversation, open: true, read: false, updated_at: now, parts }).id;
}

function tokenOf({ external_id, id }: Contact, kind: 'fresh' | 'expired' | 'forged'): string {
  const secret = kind === 'forged' ? 'a secret that was never shared' : messengerSecret;
  return userToken(external_id ?? id, kind === 'expired' ? -5 : 10, secret);
}
