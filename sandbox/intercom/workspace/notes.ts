// Notes about contacts.
import { Router } from 'express';
import { z } from 'zod';
import type { Note, World } from '../../world.ts';
import { type Api, adminOf, read, required, versionOf } from '../call.ts';
import { contactById } from '../contacts/contact-lookup.ts';
import { numberedPageSchema, pageByNumber } from '../pages.ts';
import { notFound } from '../refusal.ts';
import { adminJson } from './admin-json.ts';

const listQuery = numberedPageSchema(50);
const writeSchema = z.object({ body: required(), admin_id: z.string().optional() });

export function noteRoutes({ world }: Api): Router {
  const router = Router();
  router.get('/contacts/:id/notes', (req, res) => {
    const contact = contactById(world, req.params.id, versionOf(req));
    const notes = world.notes.all().filter((note) => note.contact_id === contact.id);
    const page = pageByNumber(notes.reverse(), read(listQuery, req.query));
    res.json({ type: 'list', ...page, data: page.data.map((note) => noteJson(world, note)) });
  });
  router.post('/contacts/:id/notes', (req, res) => {
    const contact = contactById(world, req.params.id, versionOf(req));
    const write = read(writeSchema, req.body);
    // Without an author it is the teammate who authorized the app.
    const author = write.admin_id === undefined ? adminOf(world, req) : world.admins.get(write.admin_id);
    if (write.admin_id !== undefined && !author) throw notFound();
    const note = world.notes.put({
      id: world.newNumericId(),
      contact_id: contact.id,
      admin_id: author?.id ?? null,
      body: write.body,
      created_at: world.now(),
    });
    res.json(noteJson(world, note));
  });
  router.get('/notes/:id', (req, res) => {
    const note = world.notes.get(req.params.id);
    if (!note) throw notFound();
    res.json(noteJson(world, note));
  });
  return router;
}

function noteJson(world: World, note: Note) {
  const author = note.admin_id === null ? undefined : world.admins.get(note.admin_id);
  return {
    type: 'note',
    id: note.id,
    created_at: note.created_at,
    contact: { type: 'contact', id: note.contact_id },
    author: author ? adminJson(author) : null,
    // Plain text comes back as a paragraph.
    body: note.body.startsWith('<') ? note.body : `<p>${note.body}</p>`,
  };
}
