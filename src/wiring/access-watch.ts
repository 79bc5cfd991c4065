// Notes calls that Intercom refuses for lack of access, and that they work again, for the installation's health.
import type { Context } from '../context.ts';
import { Failure } from '../failure.ts';
import type { IntercomCall } from '../intercom/call.ts';
import {
  forgetRefusedCalls,
  listRefusedCalls,
  saveRefusedCall,
} from '../store/workspace/installation-checks.ts';

type Deps = Pick<Context, 'database' | 'now' | 'log'>;

/** Another process may have noted a refusal. */
const knownForMs = 2_000;
/** Refused by the workspace's plan, which another grant does not change. */
const ofPlan = 'api_plan_restricted';
const token = 'token';

export type AccessWatch = (workspaceId: string, call: IntercomCall) => IntercomCall;

export function watchAccess({ database: { db }, now, log }: Deps): AccessWatch {
  const known = new Map<string, { until: number; calls: Promise<Set<string>> }>();
  const refusedCalls = (workspaceId: string): Promise<Set<string>> => {
    const last = known.get(workspaceId);
    if (last && performance.now() < last.until) return last.calls;
    const calls = listRefusedCalls(db, workspaceId).then((names) => new Set(names));
    known.set(workspaceId, { until: performance.now() + knownForMs, calls });
    calls.catch(() => known.delete(workspaceId));
    return calls;
  };
  const isNoted = (change: Promise<void>) =>
    change.catch((error: unknown) => log.warn({ err: error }, 'could not record the access to Intercom'));

  async function refused(workspaceId: string, name: string, words: string): Promise<void> {
    await saveRefusedCall(db, workspaceId, { call: name, words, at: now() });
    known.delete(workspaceId);
  }
  async function worked(workspaceId: string, name: string): Promise<void> {
    const noted = await refusedCalls(workspaceId);
    const over = [name, token].filter((each) => noted.has(each));
    if (over.length === 0) return;
    await forgetRefusedCalls(db, workspaceId, over);
    known.delete(workspaceId);
  }

  return (workspaceId, call) =>
    async (...request) => {
      const [method, path] = request;
      const name = `${method} ${path.replace(/\?.*$/, '').replaceAll(/(?<=\/(?:contacts|tags|companies|find_by_external_id)\/)(?!search$|merge$)[^/]+/g, ':id')}`;
      try {
        const answer = await call(...request);
        await isNoted(worked(workspaceId, name));
        return answer;
      } catch (error) {
        const of = error instanceof Failure ? refusalOf(error, name) : null;
        if (of !== null) await isNoted(refused(workspaceId, of.call, of.words));
        throw error;
      }
    };
}

function refusalOf({ code, message, upstreamCode }: Failure, name: string) {
  if (code === 'unauthorized') return { call: token, words: message };
  // Without a code, a gateway refused in Intercom's place.
  return code === 'forbidden' && upstreamCode !== null && upstreamCode !== ofPlan
    ? { call: name, words: message }
    : null;
}
