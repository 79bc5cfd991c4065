// /events: what people did, as the business reports it.
import { Router } from 'express';
import { z } from 'zod';
import type { Contact, DataEvent, World } from '../../world.ts';
import { type Api, read, required } from '../call.ts';
import { contactIndex } from '../contacts/contact-index.ts';
import { notFound, refusal } from '../refusal.ts';

const mostMetadata = 10;
const mostNames = 120;
const listedFor = 90 * 24 * 60 * 60;

const metadataValue = z.union([
  z.string(),
  z.number(),
  z.object({ url: z.string(), value: z.string() }),
  z.object({ amount: z.int().min(0), currency: z.string() }),
]);
const createSchema = z.object({
  event_name: required().min(1),
  created_at: z.int().min(0),
  id: z.string().optional(),
  user_id: z.string().optional(),
  email: z.string().optional(),
  metadata: z.record(z.string(), metadataValue, 'is not a flat object').optional(),
});
const listQuery = z.object({
  type: z.literal('user', 'must be user'),
  user_id: z.string().optional(),
  intercom_user_id: z.string().optional(),
  email: z.string().optional(),
  summary: z.enum(['true', 'false']).optional(),
});
const summariesSchema = z.object({
  user_id: z.string().optional(),
  event_summaries: z
    .object({
      event_name: z.string().optional(),
      count: z.int().optional(),
      first: z.int().optional(),
      last: z.int().optional(),
    })
    .optional(),
});

export function eventRoutes({ world }: Api): Router {
  const router = Router();
  router.post('/events', (req, res) => {
    createEvent(world, req.body);
    res.status(202).end();
  });
  router.get('/events', (req, res) => {
    const query = read(listQuery, req.query);
    const contact = personOf(world, { id: query.intercom_user_id, ...query });
    const events = world.dataEvents.all().filter((event) => event.contact_id === contact.id);
    const since = world.now() - listedFor;
    // Counts and summaries go back further than the list.
    const shown = query.summary === 'true' ? events : events.filter((event) => event.created_at > since);
    res.json({
      type: 'event.summary',
      ...(contact.email !== null && { email: contact.email }),
      intercom_user_id: contact.id,
      ...(contact.external_id !== null && { user_id: contact.external_id }),
      events: summaries(shown),
    });
  });
  router.post('/events/summaries', (req, res) => {
    const { user_id } = read(summariesSchema, req.body);
    if (user_id !== undefined) personOf(world, { user_id });
    res.end();
  });
  return router;
}

/** The same person, name and second is the same event, sent again. */
function createEvent(world: World, body: unknown): void {
  const write = read(createSchema, body);
  const contact = personOf(world, write);
  const known = world.dataEvents
    .all()
    .some(
      (event) =>
        event.contact_id === contact.id &&
        event.event_name === write.event_name &&
        event.created_at === write.created_at,
    );
  if (known) return;
  refuseTooManyNames(world, write.event_name);
  world.dataEvents.put({
    id: world.newHexId(),
    contact_id: contact.id,
    event_name: write.event_name,
    created_at: write.created_at,
    metadata: Object.fromEntries(Object.entries(write.metadata ?? {}).slice(0, mostMetadata)),
  });
}

/**
 * "After that limit is exceeded any new events you try to track will not be stored and will return an error":
 * https://www.intercom.com/help/en/articles/5245634-event-limits-troubleshooting-and-f-a-q. Which error, it does not say.
 */
function refuseTooManyNames(world: World, name: string): void {
  const names = new Set(world.dataEvents.all().map((event) => event.event_name));
  if (names.has(name) || names.size < mostNames) return;
  throw refusal(422, 'custom_data_limit_reached', `You have reached the limit of ${mostNames} events`);
}

type Identity = { id?: string | undefined; user_id?: string | undefined; email?: string | undefined };

/** Leads are reached by Intercom's id only. */
function personOf(world: World, by: Identity): Contact {
  const index = contactIndex(world);
  const candidates =
    by.id !== undefined
      ? [world.contacts.get(by.id)]
      : by.user_id !== undefined
        ? index.byExternalId(by.user_id).filter((contact) => contact.role === 'user')
        : by.email !== undefined
          ? index.byEmail(by.email).filter((contact) => contact.role === 'user')
          : undefined;
  if (!candidates) throw refusal(400, 'parameter_missing', 'One of id, user_id or email is needed');
  const contact = candidates.find((candidate) => candidate?.merged_into === null && !candidate.archived);
  if (!contact) throw notFound('User Not Found');
  return contact;
}

function summaries(events: DataEvent[]) {
  const byName = Map.groupBy(events, (event) => event.event_name);
  return [...byName].map(([name, sameName]) => {
    const times = sameName.map((event) => event.created_at);
    return {
      name,
      first: isoDate(Math.min(...times)),
      last: isoDate(Math.max(...times)),
      count: sameName.length,
    };
  });
}

function isoDate(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
