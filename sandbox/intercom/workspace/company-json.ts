// A company as Intercom's REST API shows it.
import type { Company, World } from '../../world.ts';

/** The REST shape, times in Unix seconds. */
export function companyJson(world: World, company: Company): Record<string, unknown> {
  const { id, company_id, name, created_at, updated_at, remote_created_at, last_request_at } = company;
  const { size, website, industry, monthly_spend = 0, plan } = company;
  const people = world.contacts.all().filter((contact) => contact.company_ids.includes(id));
  const tags = (company.tag_ids ?? []).flatMap((tagId) => world.tags.get(tagId) ?? []);
  return {
    type: 'company',
    id,
    company_id,
    app_id: world.workspace.id,
    name,
    created_at,
    updated_at,
    monthly_spend,
    session_count: 0,
    user_count: people.filter((contact) => contact.merged_into === null).length,
    // The published schema has no null for these: what is not known is not there.
    ...(remote_created_at !== undefined && { remote_created_at }),
    ...(last_request_at !== undefined && { last_request_at }),
    ...(size !== undefined && { size }),
    ...(website !== undefined && { website }),
    ...(industry !== undefined && { industry }),
    plan: plan === undefined ? {} : { type: 'plan', id: planId(plan), name: plan },
    tags: { type: 'tag.list', tags: tags.map((tag) => ({ type: 'tag', id: tag.id, name: tag.name })) },
    segments: { type: 'segment.list', segments: [] },
    notes: { type: 'note.list', notes: [] },
    // Nor does it have other values than strings here.
    custom_attributes: Object.fromEntries(
      Object.entries(company.custom_attributes).map(([key, value]) => [key, String(value)]),
    ),
  };
}

/** The company as a notification about its contacts has it: with ids in place of the plan and the tags. */
export function companyNotice(world: World, company: Company): Record<string, unknown> {
  const { id, company_id, name, created_at, updated_at, remote_created_at, last_request_at, plan } = company;
  const { monthly_spend, session_count, user_count, custom_attributes } = companyJson(world, company);
  return {
    type: 'company',
    id,
    company_id,
    app_id: world.workspace.id,
    name,
    plan_id: plan === undefined ? null : planId(plan),
    remote_created_at: remote_created_at ?? null,
    created_at,
    updated_at,
    last_request_at: last_request_at ?? null,
    monthly_spend,
    session_count,
    user_count,
    tag_ids: company.tag_ids ?? [],
    custom_attributes,
  };
}

/** Plans have no record of their own: the same name is the same plan. */
function planId(name: string): string {
  return Buffer.from(name).toString('hex');
}
