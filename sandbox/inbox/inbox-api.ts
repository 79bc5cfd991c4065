// The JSON that the inbox page lives on: conversations, contacts, replies, and the requests to the app.

import express from 'express';
import { z } from 'zod';
import { newestVersion } from '../intercom/call.ts';
import { contactJson } from '../intercom/contacts/contact-json.ts';
import type { Contact, Conversation, ConversationPart, World } from '../world.ts';
import type { CanvasCalls } from './canvas-calls.ts';
import type { CanvasRequests, CardAnswer } from './canvas-requests.ts';
import { participants, shownName, survivingContact } from './people.ts';

const replySchema = z
  .object({
    admin_id: z.string(),
    text: z.string().trim().max(10_000).default(''),
    card_id: z.string().optional(),
  })
  .refine(({ text, card_id }) => text !== '' || card_id !== undefined, 'A reply needs a text or a card.');
const startSchema = z.object({ contact_id: z.string(), admin_id: z.string() });
const openSchema = z.object({ conversation_id: z.string(), contact_id: z.string(), admin_id: z.string() });
const pressSchema = openSchema.extend({
  component_id: z.string(),
  input_values: z.record(z.string(), z.unknown()),
  current_canvas: z.record(z.string(), z.unknown()),
});

/** The page's own API, to be mounted at `/inbox/api`. Errors are `{error}` with a 4xx status. */
export function inboxApi(world: World, requests: CanvasRequests, calls: CanvasCalls): express.Router {
  const router = express.Router();
  // A submit carries the whole current canvas, which may have 64 KB of content and 64 KB of stored data.
  router.use(express.json({ limit: '1mb' }));
  router.get('/workspace', (_req, res) => {
    const admins = world.admins.all().map(({ id, name, job_title }) => ({ id, name, job_title }));
    res.json({ id: world.workspace.id, name: world.workspace.name, admins });
  });
  conversationRoutes(router, world);
  contactRoutes(router, world);
  canvasRoutes(router, world, requests);
  router.get('/exchanges', (_req, res) => void res.json(calls.exchanges()));
  router.use((_req, res) => void res.status(404).json({ error: 'Page not found.' }));
  router.use(answerErrors);
  return router;
}

function conversationRoutes(router: express.Router, world: World) {
  router.get('/conversations', (_req, res) => {
    const newestFirst = world.conversations.all().sort((a, b) => b.updated_at - a.updated_at);
    res.json(newestFirst.map((conversation) => conversationLine(world, conversation)));
  });
  router.post('/conversations', (req, res) => {
    const { contact_id, admin_id } = startSchema.parse(req.body);
    const contact = found(survivingContact(world, contact_id), 'contact');
    const now = world.now();
    const conversation = world.conversations.put({
      id: world.newNumericId(),
      contact_ids: [contact.id],
      title: null,
      source_type: 'conversation',
      open: true,
      read: true,
      admin_assignee_id: found(world.admins.get(admin_id), 'teammate').id,
      created_at: now,
      updated_at: now,
      parts: [],
    });
    res.status(201).json(conversationLine(world, conversation));
  });
  router.get('/conversations/:id', (req, res) => {
    const conversation = found(world.conversations.get(req.params.id), 'conversation');
    const parts = conversation.parts.map((part) => ({ ...part, author: shownAuthor(world, part) }));
    res.json({ ...conversationLine(world, conversation), parts });
  });
  router.post('/conversations/:id/read', (req, res) => {
    const conversation = found(world.conversations.get(req.params.id), 'conversation');
    world.conversations.put({ ...conversation, read: true });
    res.status(204).end();
  });
  router.post('/conversations/:id/replies', (req, res) => {
    const { admin_id, text, card_id } = replySchema.parse(req.body);
    const admin = found(world.admins.get(admin_id), 'teammate');
    const conversation = found(world.conversations.get(req.params.id), 'conversation');
    const card = card_id === undefined ? null : found(world.cards.get(card_id), 'card');
    if (card) world.cards.put({ ...card, draft: false, conversation_id: conversation.id });
    const now = world.now();
    const part = {
      id: world.newNumericId(),
      author: { type: 'admin' as const, id: admin.id, name: admin.name },
      body: text === '' ? '' : asParagraphs(text),
      created_at: now,
      ...(card && { card_id: card.id }),
    };
    world.conversations.put({ ...conversation, updated_at: now, parts: [...conversation.parts, part] });
    res.status(201).json(part);
  });
}

function contactRoutes(router: express.Router, world: World) {
  router.get('/contacts', (req, res) => {
    const words = z.string().catch('').parse(req.query.search).trim().toLowerCase();
    const present = world.contacts
      .all()
      .filter((contact) => contact.merged_into === null && !contact.archived);
    const matching = present.filter((contact) => searchable(contact).includes(words)).slice(0, 8);
    res.json(matching.map((contact) => personLine(contact)));
  });
  router.get('/contacts/:id', (req, res) => {
    const contact = found(survivingContact(world, req.params.id), 'contact');
    const conversations = world.conversations
      .all()
      .filter((conversation) => participants(world, conversation).some((person) => person.id === contact.id))
      .sort((a, b) => b.updated_at - a.updated_at);
    res.json({
      ...personLine(contact),
      contact: contactJson(world, contact, newestVersion),
      conversation_ids: conversations.map((conversation) => conversation.id),
      tags: contact.tag_ids.flatMap((id) => world.tags.get(id)?.name ?? []),
      companies: contact.company_ids.flatMap((id) => world.companies.get(id)?.name ?? []),
      owner: contact.owner_id === null ? null : (world.admins.get(contact.owner_id)?.name ?? null),
      notes: world.notes
        .all()
        .filter((note) => note.contact_id === contact.id)
        .sort((a, b) => b.created_at - a.created_at)
        .map((note) => ({ ...note, author: world.admins.get(note.admin_id ?? '')?.name ?? null })),
      attributes: world.dataAttributes
        .all()
        .filter((attribute) => attribute.custom && attribute.model === 'contact' && !attribute.archived)
        .map(({ name, data_type, options }) => ({ name, data_type, options })),
    });
  });
}

function canvasRoutes(router: express.Router, world: World, requests: CanvasRequests) {
  const occasion = (ids: z.infer<typeof openSchema>) => ({
    conversation: found(world.conversations.get(ids.conversation_id), 'conversation'),
    contact: found(survivingContact(world, ids.contact_id), 'contact'),
    admin: found(world.admins.get(ids.admin_id), 'teammate'),
  });
  const reply = (res: express.Response, { exchange, canvas, cardOptions }: CardAnswer) =>
    res.json({ ...exchange, canvas, card_options: cardOptions });

  router.post('/initialize', async (req, res) => {
    reply(res, await requests.send(occasion(openSchema.parse(req.body))));
  });
  router.post('/submit', async (req, res) => {
    const { component_id, input_values, current_canvas, ...ids } = pressSchema.parse(req.body);
    reply(res, await requests.send(occasion(ids), { component_id, input_values, current_canvas }));
  });
}

function conversationLine(world: World, conversation: Conversation) {
  const last = conversation.parts.at(-1);
  return {
    id: conversation.id,
    title: conversation.title,
    source_type: conversation.source_type,
    open: conversation.open,
    read: conversation.read,
    assignee: world.admins.get(conversation.admin_assignee_id ?? '')?.name ?? null,
    updated_at: conversation.updated_at,
    last: last === undefined ? null : { ...last, author: shownAuthor(world, last) },
    participants: participants(world, conversation).map((contact) => personLine(contact)),
  };
}

/** People without a name have a shown one nevertheless. */
function shownAuthor(world: World, { author }: ConversationPart): ConversationPart['author'] {
  const contact = author.name === null ? survivingContact(world, author.id) : undefined;
  return contact === undefined ? author : { ...author, name: shownName(contact) };
}

function personLine(contact: Contact) {
  const { id, role, email, phone } = contact;
  return { id, role, email, phone, shown_name: shownName(contact) };
}

function searchable(contact: Contact): string {
  const { id, name, pseudonym, email, phone, external_id } = contact;
  return [id, name, pseudonym, email, phone, external_id].join('\n').toLowerCase();
}

/** Plain text as the HTML of a message. */
export function asParagraphs(text: string): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return escaped
    .split('\n')
    .map((line) => `<p>${line}</p>`)
    .join('');
}

/** Throws Not Found, which the page's API answers. */
export function found<T>(value: T | undefined, what: string): T {
  if (value !== undefined) return value;
  throw Object.assign(new Error(`${what[0]?.toUpperCase()}${what.slice(1)} not found.`), { status: 404 });
}

// Ours and the body parser's errors alike say what the caller did wrong by their status.
const refusal = z.object({ status: z.int().min(400).max(499), message: z.string() });

export const answerErrors: express.ErrorRequestHandler = (error: unknown, _req, res, next) => {
  if (error instanceof z.ZodError) return void res.status(400).json({ error: z.prettifyError(error) });
  const refused = refusal.safeParse(error);
  if (!refused.success) return next(error);
  res.status(refused.data.status).json({ error: refused.data.message });
};
