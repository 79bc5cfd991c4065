// What takes a contact out of sight: archiving, blocking and deleting it.
import { type Request, Router } from 'express';
import type { Contact, Conversation, World } from '../../world.ts';
import { type Api, versionOf } from '../call.ts';
import { tellArchived, tellDeleted, tellUnarchived, tellUpdated } from './contact-events.ts';
import { contactReference } from './contact-json.ts';
import { conflictOfUser, contactById, restorableContact } from './contact-lookup.ts';

export function contactStateRoutes(api: Api): Router {
  const { world } = api;
  const router = Router();
  const named = (req: Request<{ id: string }>) => contactById(world, req.params.id, versionOf(req));

  router.delete('/contacts/:id', (req, res) => {
    const contact = named(req);
    deleteContact(world, contact);
    tellDeleted(api, contact);
    res.json(stateJson(req, contact, { deleted: true }));
  });
  router.post('/contacts/:id/archive', (req, res) => {
    const contact = change(world, named(req), { archived: true });
    tellArchived(api, contact);
    res.json(stateJson(req, contact, { archived: true }));
  });
  router.post('/contacts/:id/unarchive', (req, res) => {
    const restorable = restorableContact(world, req.params.id);
    const conflict = restorable.role === 'user' ? conflictOfUser(world, restorable) : undefined;
    if (conflict) throw conflict;
    const contact = change(world, restorable, { archived: false });
    tellUnarchived(api, contact);
    res.json(stateJson(req, contact, { archived: false }));
  });
  router.post('/contacts/:id/block', (req, res) => {
    const before = named(req);
    const contact = change(world, before, { blocked: true });
    for (const conversation of conversationsOf(world, contact)) {
      world.conversations.put({ ...conversation, open: false });
    }
    tellUpdated(api, before, contact);
    res.json({ ...contactReference(contact), blocked: true });
  });
  return router;
}

/** Recorded at 2.3: only its id and what it is, where newer versions have its type and external ID. */
function stateJson(req: Request, contact: Contact, state: Record<string, boolean>) {
  const { id } = contact;
  const early = /^2\.[0-3]$/.test(req.get('Intercom-Version') ?? '');
  return early ? { id, object: 'contact', ...state } : { ...contactReference(contact), ...state };
}

function change(world: World, contact: Contact, changes: Partial<Contact>): Contact {
  return world.contacts.put({ ...contact, ...changes, updated_at: world.now() });
}

function conversationsOf(world: World, contact: Contact): Conversation[] {
  return world.conversations.all().filter((conversation) => conversation.contact_ids.includes(contact.id));
}

/** A deletion is for good and takes along what is about this person alone. */
function deleteContact(world: World, contact: Contact): void {
  for (const note of world.notes.all()) if (note.contact_id === contact.id) world.notes.remove(note.id);
  for (const event of world.dataEvents.all()) {
    if (event.contact_id === contact.id) world.dataEvents.remove(event.id);
  }
  for (const conversation of conversationsOf(world, contact)) {
    const others = conversation.contact_ids.filter((id) => id !== contact.id);
    if (others.length === 0) world.conversations.remove(conversation.id);
    else world.conversations.put({ ...conversation, contact_ids: others });
  }
  world.contacts.remove(contact.id);
  const { id, role, email, external_id } = contact;
  world.deletedContacts.put({ id, role, email, external_id, deleted_at: world.now() });
}
