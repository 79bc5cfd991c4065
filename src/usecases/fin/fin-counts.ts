// Counts Fin's requests by day, and reads the counts.
import type { Context } from '../../context.ts';
import { dayOf } from '../../domain/day.ts';
import { type ConnectorName, type FinOutcome, slowMs } from '../../domain/fin/question.ts';
import { dayMs } from '../../domain/time-units.ts';
import { countFinRequest, type FinDay, finDaysSince } from '../../store/fin/fin-counts.ts';
import { findInstallation } from '../../store/workspace/installations.ts';

export type { FinDay };

export type Counted = { question: ConnectorName; outcome: FinOutcome; ms: number };

/** Behind the answer, which does not wait for it. A count may be lost with the database. */
export function countRequest(ctx: Context, workspaceId: string, counted: Counted): void {
  count(ctx, workspaceId, counted).catch((error: unknown) =>
    ctx.log.warn({ err: error, workspaceId }, 'a request from Fin was not counted'),
  );
}

async function count(ctx: Context, workspaceId: string, { question, outcome, ms }: Counted): Promise<void> {
  const { db } = ctx.database;
  const timeZone = (await findInstallation(db, workspaceId))?.timeZone ?? 'UTC';
  const day = dayOf(ctx.now(), timeZone);
  await countFinRequest(db, workspaceId, { day, question, outcome, requests: 1, slow: ms > slowMs ? 1 : 0 });
}

/** Of the last days, with today. */
export function readFinDays(
  ctx: Context,
  workspaceId: string,
  timeZone: string,
  days: number,
): Promise<FinDay[]> {
  const first = dayOf(new Date(ctx.now().getTime() - (days - 1) * dayMs), timeZone);
  return finDaysSince(ctx.database.db, workspaceId, first);
}
