// Works imports: many rows at once in one-minute turns, safe through kills, outages and refused tokens.

import type { Context } from '../../context.ts';
import {
  beginTurn,
  endTurn,
  type ImportPause,
  interruptLostUploads,
  takeDueImports,
  wakePausedImports,
} from '../../store/imports/import-work.ts';
import { enqueueImport } from './enqueue-import.ts';
import { type Met, workTurn } from './import-turn.ts';

const slowAfterMs = 10_000;

/** Runs one turn, unless another worker has the import. Rejects when the database fails. */
export async function workImport(ctx: Context, workspaceId: string, importId: string): Promise<void> {
  const lock = await ctx.locks.take(workspaceId, `import ${importId}`);
  if (!lock) return;
  const key = { workspaceId, id: importId };
  try {
    const contactImport = await beginTurn(ctx.database.db, key, ctx.now());
    if (!contactImport) return;
    const { turn } = contactImport;
    const met = await workTurn(ctx, contactImport, lock);
    if (!lock.holds()) return;
    await ctx.database.transaction(async (tx) => {
      const isDue = await endTurn(tx, key, turn, met && pauseFor(ctx, met), ctx.now());
      if (isDue) await enqueueImport(ctx, tx, key);
    });
  } finally {
    await lock.release();
  }
}

function pauseFor(ctx: Context, { trouble, attempts }: Met): ImportPause {
  const { importProbeMs } = ctx.timing;
  const { of, words: error, retryAfterSeconds } = trouble;
  const after = (ms: number) => new Date(ctx.now().getTime() + ms);
  if (of === 'grant') return { pausedFor: 'token', error, dueAt: after(12 * importProbeMs) };
  if (of === 'limit') {
    const waitMs = retryAfterSeconds === undefined ? slowAfterMs : retryAfterSeconds * 1_000;
    return { pausedFor: null, error, dueAt: after(waitMs) };
  }
  // If only the rows fail, they end as failed after about ten minutes.
  return { pausedFor: 'intercom', error, dueAt: after(importProbeMs * 4 ** (attempts - 1)) };
}

/** Works imports that are due or lost their worker; interrupts uploads that lost their process. */
export async function sweepImports(ctx: Context): Promise<void> {
  await ctx.database.transaction(async (tx) => {
    for (const key of await takeDueImports(tx, ctx.now())) await enqueueImport(ctx, tx, key);
    await interruptLostUploads(tx, ctx.now());
  });
}

/** For a renewed grant. */
export async function resumePausedImports(ctx: Context, workspaceId: string): Promise<void> {
  await ctx.database.transaction(async (tx) => {
    const woken = await wakePausedImports(tx, workspaceId, 'token', ctx.now());
    for (const key of woken) await enqueueImport(ctx, tx, key);
  });
}
