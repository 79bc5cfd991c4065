// What stands between an assistant and a change: a confirmation from its preview, a daily limit, and a key that makes it once.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import {
  type AssistantChange,
  addChange,
  countChanges,
  findChange,
  lockChanges,
  removeChange,
  saveResult,
} from '../../store/assistants/changes.ts';
import type { Tx } from '../../store/database.ts';
import { readSettings } from '../../store/workspace/settings.ts';
import { claimToken } from '../../store/workspace/tokens.ts';
import { type ToolCall, ToolRefusal } from './tool.ts';

export const confirmationSeconds = 10 * 60;

const claims = z.object({ caller: z.string(), tool: z.string(), digest: z.string(), exp: z.number() });

type Args = Record<string, string | null>;
type Result = Record<string, unknown>;

export const confirmationInput = {
  confirmation: z
    .string()
    .max(2_000)
    .describe('From the preview of exactly this change, at most 10 minutes old.'),
  idempotency_key: z
    .string()
    .regex(/^[\x21-\x7e]{8,100}$/)
    .describe('A unique key for this change. Repeating it changes nothing more.'),
};

/** For one use by this caller, with this tool and these arguments. */
export function confirmationFor({ ctx, caller }: ToolCall, tool: string, args: Args): string {
  return ctx.secrets.sign({
    ...{ audience: 'assistant-change', subject: caller.workspaceId, jti: ctx.newId() },
    expiresInSeconds: confirmationSeconds,
    claims: { caller: caller.id, tool, digest: digestOf(args) },
  });
}

const digestOf = (args: Args) =>
  createHash('sha256')
    .update(JSON.stringify(Object.entries(args).toSorted()))
    .digest('base64url');

/** Throws a ToolRefusal when it may not be done. `act` is given the confirmation's id, which no other has. */
export async function changeOnce(
  call: ToolCall,
  tool: string,
  args: Args,
  { confirmation, idempotency_key }: { confirmation: string; idempotency_key: string },
  act: (confirmationId: string) => Promise<Result>,
): Promise<Result> {
  const { ctx, caller } = call;
  const { workspaceId } = caller;
  const digest = digestOf(args);
  const key = { workspaceId, caller: caller.id, key: idempotency_key };
  const confirmed = readConfirmation(call, tool, digest, confirmation);
  const earlier = await ctx.database.transaction(async (tx) => {
    await lockChanges(tx, workspaceId);
    const known = await findChange(tx, key);
    if (known === null) await begin(call, tx, { ...key, tool, digest }, confirmed);
    return known;
  });
  if (earlier !== null) return resultOf(earlier, tool, digest);
  try {
    const result = await act(confirmed.jti);
    await saveResult(ctx.database.db, key, result);
    return result;
  } catch (error) {
    await removeChange(ctx.database.db, key);
    throw error;
  }
}

function readConfirmation({ ctx, caller }: ToolCall, tool: string, digest: string, confirmation: string) {
  const signed = ctx.secrets.verify('assistant-change', confirmation);
  const read = claims.safeParse(signed?.claims);
  const isOurs = signed !== null && read.success && signed.subject === caller.workspaceId;
  if (!isOurs || read.data.caller !== caller.id || read.data.tool !== tool || read.data.digest !== digest)
    throw new ToolRefusal(
      'not_confirmed',
      'This confirmation is expired or belongs to another change. Preview this change again.',
    );
  return { jti: signed.jti, expiresAt: new Date(read.data.exp * 1_000) };
}

/** The change counts from here on, and its confirmation is used up. */
async function begin(
  { ctx, caller: { workspaceId, timeZone } }: ToolCall,
  tx: Tx,
  change: Omit<AssistantChange, 'at' | 'result'>,
  { jti, expiresAt }: { jti: string; expiresAt: Date },
): Promise<void> {
  const at = ctx.now();
  const { daily_limit } = (await readSettings(tx, workspaceId)).assistants;
  if ((await countChanges(tx, workspaceId, { at, timeZone })) >= daily_limit)
    throw new ToolRefusal(
      'daily_limit',
      `Assistants can make ${daily_limit} changes a day here. Try tomorrow.`,
    );
  if (!(await claimToken(tx, { jti, purpose: 'assistant-change', at, expiresAt })))
    throw new ToolRefusal('not_confirmed', 'This confirmation was already used. Preview the change again.');
  await addChange(tx, { ...change, at });
}

function resultOf(
  earlier: { tool: string; digest: string; result: Result | null },
  tool: string,
  digest: string,
): Result {
  if (earlier.tool !== tool || earlier.digest !== digest)
    throw new ToolRefusal('key_used', 'This idempotency_key was used for another change. Use a new key.');
  if (earlier.result === null)
    throw new ToolRefusal('under_way', 'This change is still in progress. Read the record again later.');
  return earlier.result;
}
