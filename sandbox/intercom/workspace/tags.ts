// /tags, and tagging contacts and companies.
import { Router } from 'express';
import { z } from 'zod';
import type { Contact, Tag, World } from '../../world.ts';
import { type Api, adminOf, read, required, versionOf } from '../call.ts';
import { tellTagged } from '../contacts/contact-events.ts';
import { contactById } from '../contacts/contact-lookup.ts';
import { invalid, notFound } from '../refusal.ts';

const target = z.object({ id: z.string().optional(), company_id: z.string().optional() });
const writeSchema = z.object({
  name: z.string().min(1),
  id: z.string().optional(),
  users: z.array(z.object({ id: z.string() })).optional(),
  companies: z.array(target.extend({ untag: z.boolean().optional() })).optional(),
});
const idSchema = z.object({ id: required() });

export function tagRoutes(api: Api): Router {
  const { world } = api;
  const router = Router();
  router.get('/tags', (_req, res) => {
    res.json({ type: 'list', data: world.tags.all().map(tagJson) });
  });
  router.post('/tags', (req, res) => {
    const write = writeSchema.safeParse(req.body);
    if (!write.success) throw invalid('invalid tag parameters');
    const { users = [], companies = [] } = write.data;
    const people = users.map(({ id }) => contactById(world, id, versionOf(req)));
    const firms = companies.map((reference) => ({
      company: companyFor(world, reference),
      untag: reference.untag === true,
    }));
    const tag = savedTag(world, write.data);
    for (const contact of people) attach(api, contact, tag, adminOf(world, req)?.id ?? null);
    for (const { company, untag } of firms) {
      const others = (company.tag_ids ?? []).filter((id) => id !== tag.id);
      world.companies.put({ ...company, tag_ids: untag ? others : [...others, tag.id] });
    }
    res.json({
      ...tagJson(tag),
      users: people.map(({ id }) => ({ id, tagged: true })),
      companies: firms.map(({ company, untag }) => ({ id: company.id, tagged: !untag })),
    });
  });
  router.get('/tags/:id', (req, res) => {
    res.json(tagJson(tagById(world, req.params.id)));
  });
  router.delete('/tags/:id', (req, res) => {
    deleteTag(api, tagById(world, req.params.id));
    res.end();
  });
  return router;
}

export function contactTagRoutes(api: Api): Router {
  const { world } = api;
  const router = Router();
  router.get('/contacts/:id/tags', (req, res) => {
    const contact = contactById(world, req.params.id, versionOf(req));
    const tags = contact.tag_ids.flatMap((id) => world.tags.get(id) ?? []);
    res.json({ type: 'list', data: tags.map((tag) => attachedTagJson(contact, tag)) });
  });
  router.post('/contacts/:id/tags', (req, res) => {
    const contact = contactById(world, req.params.id, versionOf(req));
    const tag = tagById(world, read(idSchema, req.body).id);
    res.json(attachedTagJson(attach(api, contact, tag, adminOf(world, req)?.id ?? null), tag));
  });
  router.delete('/contacts/:id/tags/:tag_id', (req, res) => {
    const contact = contactById(world, req.params.id, versionOf(req));
    const tag = tagById(world, req.params.tag_id);
    detach(api, contact, tag);
    res.json(attachedTagJson(contact, tag));
  });
  return router;
}

function tagJson(tag: Tag) {
  return { type: 'tag', id: tag.id, name: tag.name };
}

/** With the time and the teammate of the attachment, as the 2.16 reference has it "as part of a tagging operation". */
function attachedTagJson({ tagged }: Contact, tag: Tag) {
  const { at = null, admin_id = null } = tagged?.[tag.id] ?? {};
  return {
    ...tagJson(tag),
    applied_at: at,
    applied_by: admin_id === null ? null : { type: 'admin', id: admin_id },
  };
}

function tagById(world: World, id: string): Tag {
  const tag = world.tags.get(id);
  if (!tag) throw notFound();
  return tag;
}

function companyFor(world: World, by: z.output<typeof target>) {
  const company = world.companies
    .all()
    .find((known) => known.id === by.id || known.company_id === by.company_id);
  if (!company) throw notFound('Company Not Found', 'company_not_found');
  return company;
}

/** By name in any case, or by id, which gives it a new name. */
function savedTag(world: World, write: { name: string; id?: string | undefined }): Tag {
  if (write.id !== undefined) return world.tags.put({ ...tagById(world, write.id), name: write.name });
  const known = world.tags.all().find((tag) => tag.name.toLowerCase() === write.name.toLowerCase());
  return known ?? world.tags.put({ id: world.newNumericId(), name: write.name });
}

/** Tagging twice is tagging once. Answers the contact as it then is. */
function attach(api: Api, contact: Contact, tag: Tag, adminId: string | null): Contact {
  if (contact.tag_ids.includes(tag.id)) return contact;
  const applied = { [tag.id]: { at: api.world.now(), admin_id: adminId } };
  const tagged = { ...contact, tagged: { ...contact.tagged, ...applied } };
  const after = retagged(api.world, tagged, [...contact.tag_ids, tag.id]);
  tellTagged(api, after, tag, 'created');
  return after;
}

function detach(api: Api, contact: Contact, tag: Tag): void {
  if (!contact.tag_ids.includes(tag.id)) return;
  const others = contact.tag_ids.filter((id) => id !== tag.id);
  tellTagged(api, retagged(api.world, contact, others), tag, 'deleted');
}

function retagged(world: World, contact: Contact, tagIds: string[]): Contact {
  return world.contacts.put({ ...contact, tag_ids: tagIds, updated_at: world.now() });
}

function deleteTag(api: Api, tag: Tag): void {
  const { world } = api;
  for (const contact of world.contacts.all()) detach(api, contact, tag);
  for (const company of world.companies.all()) {
    const others = company.tag_ids?.filter((id) => id !== tag.id);
    if (others) world.companies.put({ ...company, tag_ids: others });
  }
  world.tags.remove(tag.id);
}
