// /companies: created and updated by the id that the business itself gave them.
import { Router } from 'express';
import { z } from 'zod';
import type { Company, World } from '../../world.ts';
import { type Api, read, required, versionOf } from '../call.ts';
import { contactJson } from '../contacts/contact-json.ts';
import { numberedPageSchema, pageByNumber } from '../pages.ts';
import { notFound, refusal } from '../refusal.ts';
import { searchView } from '../search/search-view.ts';
import { companyJson } from './company-json.ts';
import { createCompanyScroll } from './company-scroll.ts';

const changes = {
  name: z.string().optional(),
  plan: z.string().optional(),
  size: z.int().min(0).optional(),
  website: z.string().optional(),
  industry: z.string().optional(),
  custom_attributes: z.record(z.string(), z.string()).optional(),
  monthly_spend: z.int().optional(),
};
const updateSchema = z.object(changes);
const writeSchema = z.object({
  ...changes,
  company_id: required().min(1),
  remote_created_at: z.int().min(0).optional(),
  update_last_request_at: z.boolean().optional(),
});
const pageQuery = numberedPageSchema(15);
const listQuery = pageQuery.extend({
  name: z.string().optional(),
  company_id: z.string().optional(),
  tag_id: z.string().optional(),
  segment_id: z.string().optional(),
});
const orderQuery = pageQuery.extend({ order: z.enum(['asc', 'desc']).default('desc') });
const contactsQuery = numberedPageSchema(50);

export function companyListRoutes({ world }: Api): Router {
  const router = Router();
  const listing = (companies: Company[], query: z.output<typeof pageQuery>) => {
    const page = pageByNumber(companies, query);
    return { type: 'list', ...page, data: page.data.map((company) => companyJson(world, company)) };
  };
  router.get('/companies', (req, res) => {
    const query = read(listQuery, req.query);
    const found = world.companies.all().filter((company) => isAskedFor(company, query));
    const wanted = query.name ?? query.company_id;
    if (wanted !== undefined && found.length === 0) throw notFound('Company Not Found', 'company_not_found');
    res.json(listing(found, query));
  });
  router.post('/companies/list', (req, res) => {
    const query = read(orderQuery, req.query);
    const companies = world.companies.all();
    res.json(listing(query.order === 'desc' ? companies.reverse() : companies, query));
  });
  const scroll = createCompanyScroll(world);
  router.get('/companies/scroll', (req, res) => {
    res.json(scroll(req.query));
  });
  return router;
}

export function companyRoutes({ world }: Api): Router {
  const router = Router();
  const json = (company: Company) => companyJson(world, company);
  router.post('/companies', (req, res) => {
    res.json(json(savedCompany(world, req.body)));
  });
  router.get('/companies/:id', (req, res) => {
    res.json(json(companyById(world, req.params.id)));
  });
  router.put('/companies/:id', (req, res) => {
    const present = companyById(world, req.params.id);
    const { custom_attributes, ...write } = read(updateSchema, req.body);
    res.json(json(put(world, { ...present, ...write, name: write.name ?? present.name }, custom_attributes)));
  });
  router.delete('/companies/:id', (req, res) => {
    const { id } = companyById(world, req.params.id);
    for (const contact of world.contacts.all()) {
      if (!contact.company_ids.includes(id)) continue;
      world.contacts.put({
        ...contact,
        company_ids: contact.company_ids.filter((companyId) => companyId !== id),
      });
    }
    world.companies.remove(id);
    res.json({ id, object: 'company', deleted: true });
  });
  router.get('/companies/:id/contacts', (req, res) => {
    const { id } = companyById(world, req.params.id);
    const people = searchView(world)
      .listed()
      .filter((contact) => contact.company_ids.includes(id));
    const page = pageByNumber(people, read(contactsQuery, req.query));
    const data = page.data.map((contact) => contactJson(world, contact, versionOf(req)));
    res.json({ type: 'list', ...page, data });
  });
  router.get('/companies/:id/segments', (req, res) => {
    companyById(world, req.params.id);
    // The sandbox's segments are of people.
    res.json({ type: 'list', data: [] });
  });
  return router;
}

/** By Intercom's own id; throws the 404. */
export function companyById(world: World, id: string): Company {
  const company = world.companies.get(id);
  if (!company) throw notFound('Company Not Found', 'company_not_found');
  return company;
}

function isAskedFor(company: Company, query: z.output<typeof listQuery>): boolean {
  if (query.segment_id !== undefined) return false;
  if (query.name !== undefined && company.name !== query.name) return false;
  if (query.company_id !== undefined && company.company_id !== query.company_id) return false;
  return query.tag_id === undefined || (company.tag_ids ?? []).includes(query.tag_id);
}

/** `POST /companies`: an update where the `company_id` is known, else a new company. */
function savedCompany(world: World, body: unknown): Company {
  // In the words of the 2.16 reference, where the example's parameter is called test.
  const other = Object.keys(z.looseObject({}).catch({}).parse(body)).find(
    (field) => !(field in writeSchema.shape),
  );
  if (other !== undefined) throw refusal(400, 'bad_request', `bad '${other}' parameter`);
  const { custom_attributes, update_last_request_at, ...write } = read(writeSchema, body);
  const present = world.companies.all().find((company) => company.company_id === write.company_id);
  const now = world.now();
  const company: Company = {
    id: present?.id ?? world.newHexId(),
    created_at: present?.created_at ?? now,
    updated_at: now,
    custom_attributes: {},
    ...present,
    ...write,
    name: write.name ?? present?.name ?? '',
  };
  if (update_last_request_at === true) company.last_request_at = now;
  return put(world, company, custom_attributes);
}

function put(world: World, company: Company, attributes: Record<string, string> | undefined): Company {
  return world.companies.put({
    ...company,
    updated_at: world.now(),
    custom_attributes: { ...company.custom_attributes, ...attributes },
  });
}
