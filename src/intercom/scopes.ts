// Finds the scopes of a new grant by trial: Intercom has no call that lists a token's scopes.
import { Failure } from '../failure.ts';
import { createIntercomCall, type IntercomCall } from './call.ts';

type Probe = { scope: string; method: Parameters<IntercomCall>[0]; path: string; data?: object };

/**
 * Named as in the Developer Hub. Reads fetch one record at most; writes are invalid, so that with the scope the
 * answer is 400 or 404. "Gather App data" comes with Canvas Kit and has no call of its own.
 */
const probes: readonly Probe[] = [
  { scope: 'Read and list users and companies', method: 'get', path: '/contacts?per_page=1' },
  { scope: 'Read conversations', method: 'get', path: '/conversations?per_page=1' },
  { scope: 'Read admins', method: 'get', path: '/admins' },
  { scope: 'Read tags', method: 'get', path: '/tags' },
  { scope: 'Write users and companies', method: 'put', path: `/contacts/${'0'.repeat(24)}`, data: {} },
  { scope: 'Write tags', method: 'post', path: '/tags', data: {} },
  { scope: 'Write data attributes', method: 'post', path: '/data_attributes', data: {} },
  { scope: 'Write events', method: 'post', path: '/events', data: {} },
];

/** Without an answer in time, assumes the scope instead of rejecting. */
export async function missingScopes(api: string, token: string): Promise<string[]> {
  const call = createIntercomCall(api, token, 4_000);
  const refused = await Promise.all(
    probes.map(async ({ scope, method, path, data }) =>
      (await isRefused(call, method, path, data)) ? [scope] : [],
    ),
  );
  return refused.flat();
}

async function isRefused(call: IntercomCall, ...args: Parameters<IntercomCall>): Promise<boolean> {
  try {
    await call(...args);
    return false;
  } catch (error) {
    if (error instanceof Failure) return error.code === 'unauthorized' || isAboutScope(error);
    throw error;
  }
}

/** Neither the plan nor a gateway says anything about the scopes. */
const isAboutScope = ({ code, upstreamCode }: Failure) =>
  code === 'forbidden' && upstreamCode !== null && upstreamCode !== 'api_plan_restricted';
