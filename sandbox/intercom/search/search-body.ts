// The body of a search: filters in groups, and what a group of tests makes of one thing that is looked at.
import { z } from 'zod';
import { perPageSchema } from '../pages.ts';
import { invalid, refusal } from '../refusal.ts';

export type Operator = '=' | '!=' | 'IN' | 'NIN' | '<' | '<=' | '>' | '>=' | '~' | '!~' | '^' | '$';
export type Filter = {
  field: string;
  operator: Operator;
  value: string | number | boolean | null | (string | number)[];
};
type Query = (Omit<Filter, 'operator'> & { operator: string }) | { operator: 'AND' | 'OR'; value: Query[] };

const deepest = 2;
const mostFilters = 15;

const operators = ['=', '!=', 'IN', 'NIN', '<', '<=', '>', '>=', '~', '!~', '^', '$'] as const;
const scalar = z.union([z.string(), z.int(), z.boolean(), z.null()]);
const filterSchema = z.object({
  field: z.string(),
  operator: z.string(),
  value: z.union([scalar, z.array(z.union([z.string(), z.int()]))]).default(null),
});
// A group holds filters or groups, never both: the published schema knows no mixture.
const groupSchema: z.ZodType<Query> = z.lazy(() =>
  z.object({
    operator: z.enum(['AND', 'OR']),
    value: z.union([z.array(filterSchema).min(1), z.array(groupSchema).min(1)]),
  }),
);

export const searchSchema = z.object({
  query: z.union([filterSchema, groupSchema], 'is not a filter or a group of filters'),
  pagination: z
    .object({ per_page: perPageSchema(50), starting_after: z.string().nullable().optional() })
    .nullable()
    .optional(),
  sort: z.object({ field: z.string().optional(), order: z.string().optional() }).nullable().optional(),
});

/** An unknown operator gives a 500, not a 400: https://github.com/intercom/intercom-node/issues/344 */
function knownOperator(written: string): Operator {
  const known = operators.find((operator) => operator === written);
  if (known !== undefined) return known;
  throw refusal(500, 'server_error', 'Server Error');
}

/** The query as a test, made of its filters'. Throws the 400s for what is too deep or too wide. */
export function queryTest<T>(
  query: Query,
  filterTest: (filter: Filter) => (item: T) => boolean,
  depth = 1,
): (item: T) => boolean {
  if ('field' in query) return filterTest({ ...query, operator: knownOperator(query.operator) });
  if (depth > deepest) throw invalid(`Filters can be nested ${deepest} levels deep at most`, 'query');
  if (query.value.length > mostFilters) {
    throw invalid(`A group can have ${mostFilters} filters at most`, 'query');
  }
  const tests = query.value.map((part) => queryTest(part, filterTest, depth + 1));
  return query.operator === 'AND'
    ? (item) => tests.every((test) => test(item))
    : (item) => tests.some((test) => test(item));
}
