// /contacts: creating, reading, changing, searching and merging people.
import { type Request, Router } from 'express';
import { z } from 'zod';
import type { Contact, World } from '../../world.ts';
import { type Api, queryFlag, read, versionOf } from '../call.ts';
import { pageByCursor, perPageSchema } from '../paging.ts';
import { notFound } from '../refusal.ts';
import { contactIndex } from './contact-index.ts';
import { contactJson, mergeJson } from './contact-json.ts';
import { contactById, userByExternalId } from './contact-lookup.ts';
import { mergeContacts } from './contact-merge.ts';
import { searchContacts } from './contact-search.ts';
import { createContact, updateContact } from './contact-write.ts';

const listQuery = z.object({ per_page: perPageSchema(50), starting_after: z.string().optional() });
const historyFlag = z.object({ include_merge_history: queryFlag });
const historyQuery = z.object({
  per_page: perPageSchema(50),
  cursor: z.string().optional(),
  order: z.enum(['asc', 'desc']).default('desc'),
});
// With a contact comes only the latest part of its history; the rest has an endpoint of its own.
const historyShown = 10;

export function contactRoutes(api: Api): Router {
  const { world } = api;
  const router = Router();
  const named = (req: Request<{ id: string }>) => contactById(world, req.params.id, versionOf(req));

  router.get('/contacts', (req, res) => {
    const query = read(listQuery, req.query);
    const page = pageByCursor(listed(world), {
      key: (contact) => [contact.created_at, contact.id],
      order: 'descending',
      perPage: query.per_page,
      startingAfter: query.starting_after,
    });
    res.json({ type: 'list', ...page, data: page.data.map((contact) => shown(world, contact, req)) });
  });
  router.post('/contacts', (req, res) => {
    res.json(shown(world, createContact(api, versionOf(req), writeIn(req)), req));
  });
  router.post('/contacts/search', (req, res) => {
    const page = searchContacts(world, candidates(world, req.body), versionOf(req), req.body);
    res.json({ type: 'list', ...page, data: page.data.map((contact) => shown(world, contact, req)) });
  });
  router.post('/contacts/merge', (req, res) => {
    res.json(shown(world, mergeContacts(api, versionOf(req), req.body), req));
  });
  router.get('/contacts/find_by_external_id/:external_id', (req, res) => {
    res.json(shown(world, userByExternalId(world, req.params.external_id, versionOf(req)), req));
  });
  router.get('/contacts/:id', (req, res) => {
    res.json(shown(world, named(req), req));
  });
  router.put('/contacts/:id', (req, res) => {
    res.json(shown(world, updateContact(api, versionOf(req), named(req), writeIn(req)), req));
  });
  router.get('/contacts/:id/merge_history', (req, res) => {
    res.json(mergeHistory(named(req), req.query));
  });
  return router;
}

/** Only the preview takes a language: stable versions pass over it. */
function writeIn(req: Request): unknown {
  if (/^(Preview|Unstable)$/.test(req.get('Intercom-Version') ?? '')) return req.body;
  const object = z.looseObject({ language_override: z.unknown() }).safeParse(req.body);
  if (!object.success) return req.body;
  const { language_override: _, ...rest } = object.data;
  return rest;
}

const byEmail = z.object({
  query: z.object({
    field: z.literal('email'),
    operator: z.enum(['=', 'IN']),
    value: z.union([z.string().transform((one) => [one]), z.array(z.string())]),
  }),
});

/** Of a search for emails alone, those who have them: a hundred thousand others need not be looked at. */
function candidates(world: World, body: unknown): Contact[] {
  const wanted = byEmail.safeParse(body);
  if (!wanted.success) return listed(world);
  const { byEmail: having } = contactIndex(world);
  const found = new Map(wanted.data.query.value.flatMap(having).map((one) => [one.id, one]));
  return [...found.values()].filter(isListed);
}

/** What lists and searches look through: neither the archived or blocked nor those that were merged away. */
function listed(world: World): Contact[] {
  return world.contacts.all().filter(isListed);
}

const isListed = (contact: Contact) => !contact.archived && !contact.blocked && contact.merged_into === null;

function shown(world: World, contact: Contact, req: Request): Record<string, unknown> {
  const version = versionOf(req);
  const json = contactJson(world, contact, version);
  const asked = version === '2.16' && read(historyFlag, req.query).include_merge_history;
  if (!asked || contact.role === 'lead') return json;
  const latest = contact.merge_history.toReversed().slice(0, historyShown);
  return { ...json, merge_history: latest.map(mergeJson) };
}

function mergeHistory(contact: Contact, asked: unknown) {
  if (contact.role === 'lead') throw notFound('Contact not found');
  const query = read(historyQuery, asked);
  const page = pageByCursor(contact.merge_history, {
    key: (merge) => [merge.at, merge.from],
    order: query.order === 'asc' ? 'ascending' : 'descending',
    perPage: query.per_page,
    startingAfter: query.cursor,
  });
  const next = z.object({ starting_after: z.string() }).safeParse(page.pages.next);
  return {
    type: 'list',
    data: page.data.map(mergeJson),
    next_cursor: next.success ? next.data.starting_after : null,
    has_more: next.success,
  };
}
