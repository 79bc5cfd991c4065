// GET /companies/scroll: all companies, a hundred at a time.
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Company, World } from '../../world.ts';
import { read } from '../call.ts';
import { notFound, refusal } from '../refusal.ts';
import { companyJson } from './company-json.ts';

type Scroll = { param: string; left: Company[]; usedAt: number };

const scrollQuery = z.object({ scroll_param: z.string().optional() });
const scrollSize = 100;
const scrollSeconds = 60;

/**
 * Answers each call in turn. One scroll at a time, which ends with an empty page or after a minute without a call:
 * https://developers.intercom.com/docs/references/2.16/rest-api/api.intercom.io/companies/scrolloverallcompanies. A second one
 * is refused in the words of https://github.com/intercom/intercom-ruby/issues/474.
 */
export function createCompanyScroll(world: World): (query: unknown) => Record<string, unknown> {
  let open: Scroll | undefined;
  return (query) => {
    const { scroll_param } = read(scrollQuery, query);
    if (open && world.now() - open.usedAt >= scrollSeconds) open = undefined;
    if (scroll_param === undefined && open)
      throw refusal(423, 'scroll_exists', 'scroll already exists for this app');
    if (scroll_param !== undefined && scroll_param !== open?.param)
      throw notFound('scroll parameter not found');
    open ??= { param: randomUUID(), left: world.companies.all(), usedAt: world.now() };
    const page = open.left.slice(0, scrollSize);
    const { param } = open;
    open = page.length === 0 ? undefined : { param, left: open.left.slice(scrollSize), usedAt: world.now() };
    return {
      type: 'list',
      data: page.map((company) => companyJson(world, company)),
      pages: null,
      total_count: null,
      ...(open && { scroll_param: param }),
    };
  };
}
