// Data connectors of Fin's: https://developers.intercom.com/docs/references/rest-api/api.intercom.io/data-connectors
import { z } from 'zod';
import type { Connector } from '../domain/fin/connectors.ts';
import { type IntercomCall, unexpected } from './call.ts';
import { wireId } from './incoming/wire-text.ts';

export type ListedConnector = { id: string; name: string; state: 'draft' | 'live' };

const listed = z.object({ id: wireId, name: z.string(), state: z.enum(['draft', 'live']).catch('draft') });
const list = z.object({
  data: z.array(listed),
  pages: z.object({ next: z.object({ starting_after: z.string() }).nullish() }).nullish(),
});

/** No workspace has more pages than this. */
const maxPages = 20;

export async function listConnectors(call: IntercomCall): Promise<ListedConnector[]> {
  const found: ListedConnector[] = [];
  let after = '';
  for (let page = 0; page < maxPages; page += 1) {
    const answer = await call('get', `/data_connectors?per_page=50${after}`);
    const read = list.safeParse(answer.data);
    if (answer.status !== 200 || !read.success) throw unexpected(answer);
    found.push(...read.data.data);
    const next = read.data.pages?.next?.starting_after;
    if (next === undefined) return found;
    after = `&starting_after=${encodeURIComponent(next)}`;
  }
  return found;
}

/** A draft. With an `id`, that connector is changed to be so. */
export async function saveConnector(
  call: IntercomCall,
  id: string | null,
  connector: Connector,
  { key, passcode }: { key: string; passcode: boolean },
): Promise<ListedConnector> {
  const { title, description, method, url, body, inputs, audiences, isDirect, isPublic, mockResponse } =
    connector;
  const wanted = {
    ...{ name: title, description, http_method: method, url, audiences, direct_fin_usage: isDirect },
    ...(body === null ? {} : { body }),
    headers: [
      { name: 'Authorization', value: `Bearer ${key}` },
      { name: 'Content-Type', value: 'application/json' },
    ],
    data_inputs: inputs.map((input) => ({
      ...{ name: input.name, type: 'string', description: input.description },
      ...{ required: input.required, default_value: input.defaultValue },
    })),
    customer_authentication: passcode && !isPublic,
    bypass_authentication: isPublic,
    validate_missing_attributes: false,
    mock_response: mockResponse,
  };
  const answer =
    id === null
      ? await call('post', '/data_connectors', wanted)
      : await call('patch', `/data_connectors/${encodeURIComponent(id)}`, wanted);
  const read = listed.safeParse(answer.data);
  if (answer.status >= 300 || !read.success) throw unexpected(answer);
  return read.data;
}

/** Null when the connector is gone. */
export async function switchConnector(
  call: IntercomCall,
  id: string,
  state: 'draft' | 'live',
): Promise<ListedConnector | null> {
  const answer = await call('patch', `/data_connectors/${encodeURIComponent(id)}`, { state });
  if (answer.status === 404) return null;
  const read = listed.safeParse(answer.data);
  if (answer.status !== 200 || !read.success) throw unexpected(answer);
  return read.data;
}

const executions = z.object({
  data: z.array(
    z.object({
      success: z.boolean(),
      error_type: z.string().nullish(),
      source_type: z.string().nullish(),
      execution_time_ms: z.number().nullish(),
      created_at: z.string(),
    }),
  ),
});

export type Execution = z.output<typeof executions>['data'][number];

/** The newest thirty of the last day, without bodies. Null when the connector is gone. */
export async function readExecutions(
  call: IntercomCall,
  id: string,
  since: Date,
): Promise<Execution[] | null> {
  const from = Math.floor(since.getTime() / 1000);
  const path = `/data_connectors/${encodeURIComponent(id)}/execution_results?per_page=30&start_ts=${from}`;
  const answer = await call('get', path);
  if (answer.status === 404) return null;
  const read = executions.safeParse(answer.data);
  if (answer.status !== 200 || !read.success) throw unexpected(answer);
  return read.data.data;
}
