// Notes joins that led to no credit, so that "Why did I get no credit?" has an answer.
import type { Context } from '../../context.ts';
import { dayOf } from '../../domain/day.ts';
import { type Identity, identityKey } from '../../domain/program/program.ts';
import { foldCode } from '../../domain/program/share-link.ts';
import type { UncountedReason } from '../../domain/program/uncounted-join.ts';
import { cutText } from '../../domain/words.ts';
import type { Queryable } from '../../store/database.ts';
import { recordUncountedJoin } from '../../store/program/uncounted-joins.ts';
import { keysOf } from '../../store/repair/erase-rows.ts';
import { timeZoneOf } from '../../store/workspace/installations.ts';

/** As long as a code can be. */
const longestCode = 64;

export type UncountedJoining = {
  person: Identity;
  personId?: string | undefined;
  campaignId: string | null;
  /** As given; empty when there was none. */
  code: string;
  why: UncountedReason;
};

/** A person is told of nothing here, so that nothing but the note is lost when it cannot be stored. */
export async function noteUncountedJoin(
  ctx: Context,
  workspaceId: string,
  joining: UncountedJoining,
): Promise<void> {
  try {
    await addUncountedJoin(ctx, ctx.database.db, workspaceId, joining);
  } catch (error) {
    ctx.log.warn({ err: error, workspaceId }, 'could not record a join that did not count');
  }
}

export async function addUncountedJoin(
  ctx: Context,
  db: Queryable,
  workspaceId: string,
  { person, personId, campaignId, code, why }: UncountedJoining,
): Promise<void> {
  const [identity] = identitiesOf(person);
  if (identity === undefined) return;
  const at = ctx.now();
  await recordUncountedJoin(db, {
    ...{ workspaceId, identity, campaignId, why, at },
    personId: personId ?? null,
    code: foldCode(code) ?? cutText(code.toWellFormed().replaceAll('\0', '').trim(), longestCode),
    day: dayOf(at, await timeZoneOf(db, workspaceId)),
  });
}

export function identitiesOf(given: Pick<Identity, 'email' | 'externalId'>): string[] {
  const { email, externalId } = identityKey({ ...given, name: null });
  return keysOf({
    emails: email === null ? [] : [email],
    externalIds: externalId === null ? [] : [externalId],
  });
}
