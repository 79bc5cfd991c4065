// /data_connectors: what Fin can ask other systems, as version 2.16 of Intercom's OpenAPI document describes it.
import { Router } from 'express';
import { z } from 'zod';
import type { ConnectorExecution, DataConnector, World } from '../../world.ts';
import { type Api, adminOf, read } from '../call.ts';
import { refusal } from '../refusal.ts';

const methods = ['get', 'post', 'put', 'delete', 'patch'] as const;
const audiences = ['leads', 'users', 'visitors'] as const;

const named = z.strictObject({ name: z.string(), value: z.string() });
const input = z.strictObject({
  name: z.string().min(1),
  type: z.enum(['string', 'integer', 'decimal', 'boolean']),
  description: z.string().min(1),
  required: z.boolean(),
  default_value: z.string().optional(),
});

/** What the document does not name is refused, so that no code relies on it. */
const fields = {
  description: z.string().optional(),
  http_method: z.enum(methods).optional(),
  url: z.string().optional(),
  body: z.string().optional(),
  direct_fin_usage: z.boolean().optional(),
  audiences: z.array(z.string()).optional(),
  headers: z.array(named).optional(),
  data_inputs: z.array(input).optional(),
  customer_authentication: z.boolean().optional(),
  bypass_authentication: z.boolean().optional(),
  validate_missing_attributes: z.boolean().optional(),
  mock_response: z.record(z.string(), z.unknown()).optional(),
  token_ids: z.array(z.string()).optional(),
};
const createBody = z.strictObject({ name: z.string().optional(), ...fields });
const updateBody = z.strictObject({
  name: z.string().min(1).optional(),
  state: z.string().optional(),
  ...fields,
});

const perPage = (most: number, usual: number) =>
  z.coerce.number().pipe(z.int().min(1).max(most)).default(usual);
const listQuery = z.object({ per_page: perPage(50, 20), starting_after: z.string().optional() });
const executionsQuery = z.object({
  per_page: perPage(30, 10),
  starting_after: z.string().optional(),
  success: z.enum(['true', 'false']).optional(),
  error_type: z.string().optional(),
  start_ts: z.coerce.number().optional(),
  end_ts: z.coerce.number().optional(),
  include_bodies: z.enum(['true', 'false']).optional(),
});

type Changes = z.output<typeof updateBody>;

export function dataConnectorRoutes({ world }: Api): Router {
  const router = Router();
  router.get('/data_connectors', (req, res) => {
    const { per_page, starting_after } = read(listQuery, req.query);
    const all = world.dataConnectors
      .all()
      .toSorted((a, b) => b.updated_at - a.updated_at || (a.id < b.id ? 1 : -1));
    const page = pageOf(all, per_page, starting_after);
    res.json({ type: 'list', data: page.items.map(summaryJson), pages: page.pages });
  });
  router.post('/data_connectors', (req, res) => {
    const created = create(world, readBody(createBody, req.body), adminOf(world, req)?.id ?? null);
    res.status(201).json(detailJson(created));
  });
  router.get('/data_connectors/:id', (req, res) => {
    const version = req.query.state_version;
    if (version !== undefined && version !== 'live' && version !== 'draft')
      throw refusal(400, 'parameter_invalid', 'Invalid state_version. Must be one of: live, draft');
    res.json(detailJson(found(world, req.params.id)));
  });
  router.patch('/data_connectors/:id', (req, res) => {
    const present = found(world, req.params.id);
    const updated = update(world, present, readBody(updateBody, req.body), adminOf(world, req)?.id ?? null);
    res.json(detailJson(updated));
  });
  router.delete('/data_connectors/:id', (req, res) => {
    const { id, state } = found(world, req.params.id);
    if (state !== 'draft')
      throw refusal(409, 'conflict', 'Data connector must be in draft state to be deleted');
    world.dataConnectors.remove(id);
    res.json({ id, object: 'data_connector', deleted: true });
  });
  router.get('/data_connectors/:id/execution_results', (req, res) => {
    res.json(executionsJson(world, found(world, req.params.id).id, read(executionsQuery, req.query)));
  });
  router.get('/data_connectors/:id/execution_results/:execution', (req, res) => {
    const { id } = found(world, req.params.id);
    const execution = world.connectorExecutions.get(req.params.execution);
    if (execution?.data_connector_id !== id)
      throw refusal(404, 'data_connector_not_found', 'Data connector not found');
    res.json(executionJson(execution, true));
  });
  return router;
}

function create(world: World, body: z.output<typeof createBody>, admin: string | null): DataConnector {
  if (!body.name) throw refusal(422, 'parameter_not_found', 'Name is required');
  const now = world.now();
  const fresh: DataConnector = {
    state: 'draft',
    http_method: 'get',
    ...{ id: world.newNumericId(), name: body.name, description: null },
    ...{ url: null, body: null, direct_fin_usage: false, audiences: [], headers: [], data_inputs: [] },
    ...{ customer_authentication: false, bypass_authentication: false, validate_missing_attributes: false },
    ...{ mock_response: null, token_ids: [], created_by: admin, updated_by: admin },
    ...{ created_at: now, updated_at: now },
  };
  return world.dataConnectors.put(changed(fresh, body));
}

function update(
  world: World,
  present: DataConnector,
  { state, ...body }: Changes,
  admin: string | null,
): DataConnector {
  if (state !== undefined && state !== 'draft' && state !== 'live')
    throw refusal(422, 'parameter_invalid', 'Invalid state. Must be one of: draft, live');
  return world.dataConnectors.put({
    ...changed(present, body),
    state: state ?? present.state,
    ...{ updated_by: admin, updated_at: world.now() },
  });
}

/** Of the last hour unless `query` says otherwise, newest first. */
function executionsJson(world: World, connectorId: string, query: z.output<typeof executionsQuery>) {
  const from = query.start_ts ?? world.now() - 3_600;
  const listed = world.connectorExecutions
    .all()
    .filter((execution) => execution.data_connector_id === connectorId)
    .filter(({ created_at }) => created_at >= from && created_at <= (query.end_ts ?? world.now()))
    .filter(({ success }) => query.success === undefined || String(success) === query.success)
    .filter(({ error_type }) => query.error_type === undefined || error_type === query.error_type)
    .toReversed();
  const page = pageOf(listed, query.per_page, query.starting_after);
  const withBodies = query.include_bodies === 'true';
  const data = page.items.map((execution) => executionJson(execution, withBodies));
  return { type: 'list', data, pages: page.pages };
}

function found(world: World, id: string): DataConnector {
  const connector = world.dataConnectors.get(id);
  if (!connector) throw refusal(404, 'data_connector_not_found', 'Data connector not found');
  return connector;
}

/** Every refusal of a body is a 422 here. */
function readBody<S extends z.ZodType>(schema: S, body: unknown): z.output<S> {
  const parsed = schema.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = String(issue?.path[0] ?? 'body');
  if (field === 'http_method') throw refusal(422, 'parameter_invalid', "Http Method isn't an option");
  throw refusal(422, 'parameter_invalid', `${field}: ${issue?.message ?? 'is not valid'}`);
}

function changed(
  present: DataConnector,
  { audiences: wanted, ...changes }: Omit<Changes, 'state'>,
): DataConnector {
  if (wanted?.some((each) => !(audiences as readonly string[]).includes(each)))
    throw refusal(422, 'parameter_invalid', 'Invalid audiences. Must be a subset of: leads, users, visitors');
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  return { ...present, ...given, ...(wanted ? { audiences: wanted as DataConnector['audiences'] } : {}) };
}

function pageOf<T extends { id: string }>(all: readonly T[], size: number, after: string | undefined) {
  const known =
    after === undefined ? -1 : all.findIndex(({ id }) => id === Buffer.from(after, 'base64').toString());
  if (after !== undefined && known === -1) {
    const words =
      'Invalid starting_after param. Please try again using a starting_after value from a paginated response';
    throw refusal(400, 'client_error', words);
  }
  const items = all.slice(known + 1, known + 1 + size);
  const last = items.at(-1);
  const more = last !== undefined && known + 1 + size < all.length;
  const next = more ? { starting_after: Buffer.from(last.id).toString('base64') } : null;
  return { items, pages: { type: 'pages', per_page: size, next } };
}

const iso = (seconds: number) => new Date(seconds * 1000).toISOString();

function summaryJson(connector: DataConnector) {
  const { id, name, description, state, http_method, direct_fin_usage, created_by, updated_by } = connector;
  return {
    ...{ type: 'data_connector', id, name, description, state, http_method, direct_fin_usage },
    ...{ created_by_admin_id: created_by, updated_by_admin_id: updated_by },
    ...{ created_at: iso(connector.created_at), updated_at: iso(connector.updated_at) },
    execution_results_url: `/data_connectors/${id}/execution_results`,
  };
}

function detailJson(connector: DataConnector) {
  const { mock_response, headers, data_inputs } = connector;
  return {
    ...summaryJson(connector),
    ...{ url: connector.url, ...(connector.body === null ? {} : { body: connector.body }) },
    headers: headers.map(({ name }) => ({ name, value: '****' })),
    ...{ audiences: connector.audiences, execution_type: 'server_side' },
    configuration_response_type: mock_response === null ? 'test_response_type' : 'mock_response_type',
    ...{ data_transformation_type: 'full_access', client_function_timeout_ms: 30_000 },
    data_inputs: data_inputs.map((each) => ({ ...each, default_value: each.default_value ?? '' })),
    response_fields: mock_response === null ? [] : fieldsOf(mock_response, ''),
    ...{ object_mappings: [], token_ids: connector.token_ids },
    customer_authentication: connector.customer_authentication,
    bypass_authentication: connector.bypass_authentication,
    validate_missing_attributes: connector.validate_missing_attributes,
  };
}

type ResponseField = { path: string; type: string; example_value: unknown; redacted: boolean };

/** Element 0 of a list is the pattern of all. */
function fieldsOf(value: unknown, path: string): ResponseField[] {
  if (Array.isArray(value)) return value.length === 0 ? [] : fieldsOf(value[0], `${path}[]`);
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([name, inner]) =>
      fieldsOf(inner, path === '' ? name : `${path}.${name}`),
    );
  return [{ path, type: typeOf(value), example_value: value, redacted: false }];
}

function typeOf(value: unknown): string {
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'decimal';
  if (typeof value !== 'string') return 'unknown';
  return /^\d{4}-\d\d-\d\d(T|$)/.test(value) ? 'datetime' : 'string';
}

function executionJson(execution: ConnectorExecution, withBodies: boolean) {
  const { request_body, response_body, ...shown } = execution;
  return {
    type: 'data_connector.execution',
    ...shown,
    created_at: iso(execution.created_at),
    ...(withBodies ? { request_body, response_body, raw_response_body: response_body } : {}),
  };
}
