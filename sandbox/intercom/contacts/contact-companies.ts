// The companies that a contact belongs to.
import { Router } from 'express';
import { z } from 'zod';
import type { Company, Contact, World } from '../../world.ts';
import { type Api, read, versionOf } from '../call.ts';
import { numberedPageSchema, pageByNumber } from '../pages.ts';
import { refusal } from '../refusal.ts';
import { companyById } from '../workspace/companies.ts';
import { companyJson } from '../workspace/company-json.ts';
import { tellCompany } from './contact-events.ts';
import { contactById } from './contact-lookup.ts';

const mostCompanies = 1000;
const attachSchema = z.object({ id: z.string() });
const listQuery = numberedPageSchema(50);

export function contactCompanyRoutes(api: Api): Router {
  const { world } = api;
  const router = Router();
  router.get('/contacts/:id/companies', (req, res) => {
    const contact = contactById(world, req.params.id, versionOf(req));
    const companies = contact.company_ids.flatMap((id) => world.companies.get(id) ?? []);
    const { data, total_count, pages } = pageByNumber(companies, read(listQuery, req.query));
    res.json({
      type: 'list',
      companies: data.map((company) => companyJson(world, company)),
      total_count,
      pages,
    });
  });
  router.post('/contacts/:id/companies', (req, res) => {
    const contact = contactById(world, req.params.id, versionOf(req));
    const request = attachSchema.safeParse(req.body);
    if (!request.success) throw refusal(400, 'parameter_not_found', 'company not specified');
    const company = companyById(world, request.data.id);
    attach(api, contact, company);
    res.json(companyJson(world, company));
  });
  router.delete('/contacts/:id/companies/:company_id', (req, res) => {
    const contact = contactById(world, req.params.id, versionOf(req));
    const company = companyById(world, req.params.company_id);
    if (contact.company_ids.includes(company.id)) {
      const others = contact.company_ids.filter((id) => id !== company.id);
      tellCompany(api, withCompanies(world, contact, others), company, 'detached');
    }
    res.json(companyJson(world, company));
  });
  return router;
}

/** Attaching twice is attaching once. */
function attach(api: Api, contact: Contact, company: Company): void {
  if (contact.company_ids.includes(company.id)) return;
  if (contact.company_ids.length >= mostCompanies) {
    throw refusal(
      400,
      'contact_company_limit_exceeded',
      `Contact has reached the maximum of ${mostCompanies} company associations`,
    );
  }
  const companyIds = [...contact.company_ids, company.id];
  tellCompany(api, withCompanies(api.world, contact, companyIds), company, 'attached');
}

function withCompanies(world: World, contact: Contact, companyIds: string[]): Contact {
  return world.contacts.put({ ...contact, company_ids: companyIds, updated_at: world.now() });
}
