// /contacts: creating, reading, changing, searching and merging people.
import { type Request, Router } from 'express';
import { z } from 'zod';
import type { Contact, World } from '../../world.ts';
import { type Api, newestVersion, queryFlag, read, versionOf } from '../call.ts';
import { pageByCursor, perPageSchema } from '../pages.ts';
import { notFound } from '../refusal.ts';
import { searchContacts } from '../search/contact-search.ts';
import { searchView } from '../search/search-view.ts';
import { contactJson, mergeJson } from './contact-json.ts';
import { contactById, userByExternalId } from './contact-lookup.ts';
import { mergeContacts } from './contact-merge.ts';
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
    const page = pageByCursor(searchView(world).listed(), {
      key: (contact) => [contact.created_at, contact.id],
      order: 'descending',
      perPage: query.per_page,
      startingAfter: query.starting_after,
      moves: true,
    });
    res.json({ type: 'list', ...page, data: page.data.map((contact) => shown(world, contact, req)) });
  });
  router.post('/contacts', (req, res) => {
    res.json(shown(world, createContact(api, versionOf(req), writeIn(req)), req));
  });
  router.post('/contacts/search', (req, res) => {
    const page = searchContacts(world, candidates(world, req.body), versionOf(req), req.body);
    // Recorded: a removed email is null here, and an empty string where the contact is read by its id.
    const data = page.data.map((contact) => ({ ...shown(world, contact, req), email: contact.email }));
    res.json({ type: 'list', ...page, data });
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
    value: z.union([z.string().transform((single) => [single]), z.array(z.string())]),
  }),
});

/** Of a search for emails alone, those who may have them: a hundred thousand others need not be looked at. */
function candidates(world: World, body: unknown): Contact[] {
  const wanted = byEmail.safeParse(body);
  const view = searchView(world);
  return wanted.success ? view.listedByEmail(wanted.data.query.value) : view.listed();
}

function shown(world: World, contact: Contact, req: Request): Record<string, unknown> {
  const version = versionOf(req);
  const json = contactJson(world, contact, version);
  const withHistory = version === newestVersion && read(historyFlag, req.query).include_merge_history;
  if (!withHistory || contact.role === 'lead') return json;
  const latest = contact.merge_history.toReversed().slice(0, historyShown);
  return { ...json, merge_history: latest.map(mergeJson) };
}

function mergeHistory(contact: Contact, rawQuery: unknown) {
  if (contact.role === 'lead') throw notFound('Contact not found');
  const query = read(historyQuery, rawQuery);
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
