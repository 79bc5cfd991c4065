// Turns functions on one workspace's Intercom call into functions that take the workspace's id.
import type { IntercomCall } from './call.ts';

/** Rejects with `unauthorized` for a workspace without a token. */
export type CallOf = (workspaceId: string) => Promise<IntercomCall>;

type Asking = (call: IntercomCall, ...rest: never[]) => unknown;
type Bound<F extends Asking> = F extends (call: IntercomCall, ...rest: infer Rest) => infer Answer
  ? (workspaceId: string, ...rest: Rest) => Promise<Awaited<Answer>>
  : never;

export function bindCalls<Calls extends Record<string, Asking>>(
  callOf: CallOf,
  calls: Calls,
): { [Name in keyof Calls]: Bound<Calls[Name]> } {
  const bound = Object.entries(calls).map(([name, ask]) => [
    name,
    async (workspaceId: string, ...rest: never[]) => ask(await callOf(workspaceId), ...rest),
  ]);
  return Object.fromEntries(bound);
}
