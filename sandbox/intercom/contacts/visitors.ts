// /visitors: people on the website who have not written yet, and their conversion.
import { randomUUID } from 'node:crypto';
import { Router } from 'express';
import { z } from 'zod';
import type { Contact, Visitor, World } from '../../world.ts';
import { type Api, read, required, versionOf } from '../call.ts';
import { invalid, notFound, refusal } from '../refusal.ts';
import { tellCreated, tellUpdated, tellVisitorSignedUp } from './contact-events.ts';
import { contactIndex } from './contact-index.ts';
import { contactJson } from './contact-json.ts';
import { conflictOfNewUser } from './contact-lookup.ts';
import { newContact } from './contact-write.ts';
import { visitorJson } from './visitor-json.ts';

const findQuery = z.object({ user_id: required() });
const updateSchema = z.object({
  id: z.string().optional(),
  user_id: z.string().optional(),
  name: z.string().optional(),
  custom_attributes: z.record(z.string(), z.string()).optional(),
});
const identity = z.object({
  id: z.string().optional(),
  user_id: z.string().optional(),
  email: z.email().optional(),
});
const convertSchema = z.object({
  type: z.enum(['user', 'lead'], 'must be user or lead'),
  visitor: identity,
  user: identity,
});
type Convert = z.output<typeof convertSchema>;

export function visitorRoutes(api: Api): Router {
  const { world } = api;
  const router = Router();
  router.get('/visitors', (req, res) => {
    res.json(visitorJson(world, visitorOf(world, read(findQuery, req.query))));
  });
  router.put('/visitors', (req, res) => {
    const write = read(updateSchema, req.body);
    const present = visitorOf(world, write);
    const visitor = world.visitors.put({
      ...present,
      name: write.name ?? present.name,
      custom_attributes: { ...present.custom_attributes, ...write.custom_attributes },
      updated_at: world.now(),
    });
    res.json(visitorJson(world, visitor));
  });
  router.post('/visitors/convert', (req, res) => {
    const request = read(convertSchema, req.body);
    const visitor = visitorOf(world, request.visitor);
    const contact =
      request.type === 'user' ? intoUser(api, visitor, request.user) : intoLead(api, visitor, request.user);
    world.visitors.remove(visitor.id);
    res.json(contactJson(world, contact, versionOf(req)));
  });
  return router;
}

function visitorOf(world: World, by: Convert['visitor']): Visitor {
  const { id, user_id, email } = by;
  if (id === undefined && user_id === undefined && email === undefined) {
    throw refusal(400, 'parameter_missing', 'A visitor is found by id, user_id or email');
  }
  const visitor = world.visitors
    .all()
    .find(
      (known) =>
        known.id === id || known.user_id === user_id || (email !== undefined && known.email === email),
    );
  if (!visitor) throw notFound('Visitor Not Found');
  return visitor;
}

/** Merged into the existing user, or becomes a new one with the identity that was sent. */
function intoUser(api: Api, visitor: Visitor, identity: Convert['user']): Contact {
  const existing = userOf(api.world, identity);
  const user = existing ? enriched(api, existing, visitor) : created(api, 'user', visitor, identity);
  tellVisitorSignedUp(api, visitor, user);
  return user;
}

function intoLead(api: Api, visitor: Visitor, identity: Convert['user']): Contact {
  return created(api, 'lead', visitor, identity);
}

/** What a visitor is once they have written. */
export function visitorAsLead(api: Api, visitor: Visitor): Contact {
  const contact = intoLead(api, visitor, {});
  api.world.visitors.remove(visitor.id);
  return contact;
}

function userOf(world: World, by: Convert['user']): Contact | undefined {
  if (by.id === undefined && by.user_id === undefined && by.email === undefined) {
    throw refusal(400, 'parameter_missing', 'A user is found by id, user_id or email');
  }
  const index = contactIndex(world);
  const candidates = [
    by.id === undefined ? undefined : world.contacts.get(by.id),
    ...(by.user_id === undefined ? [] : index.byExternalId(by.user_id)),
    ...(by.email === undefined ? [] : index.byEmail(by.email)),
  ];
  const user = candidates.find((candidate) => candidate?.role === 'user' && !candidate.archived);
  // Only an existing user has an Intercom id.
  if (!user && by.id !== undefined) throw notFound('User Not Found');
  return user;
}

function enriched(api: Api, user: Contact, visitor: Visitor): Contact {
  const after = api.world.contacts.put({
    ...user,
    name: user.name ?? visitor.name,
    updated_at: api.world.now(),
  });
  tellUpdated(api, user, after);
  return after;
}

function created(api: Api, role: Contact['role'], visitor: Visitor, identity: Convert['user']): Contact {
  const { world } = api;
  const contact: Contact = {
    ...newContact(world, role),
    // A lead always gets one from Intercom.
    external_id: role === 'user' ? (identity.user_id ?? null) : randomUUID(),
    email: identity.email ?? visitor.email,
    name: visitor.name,
    pseudonym: visitor.pseudonym,
    signed_up_at: role === 'user' ? world.now() : null,
    channel: 'messenger',
  };
  if (role === 'user') {
    if (contact.email === null && contact.external_id === null)
      throw invalid('user needs user_id or email', 'user');
    const conflict = conflictOfNewUser(world, contact);
    if (conflict) throw conflict;
  }
  world.contacts.put(contact);
  tellCreated(api, contact);
  return contact;
}
