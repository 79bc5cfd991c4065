// Finds the person that a request means.
import type { Context } from '../../context.ts';
import {
  type Identity,
  identityKey,
  type Person,
  recognize,
  withGapsFilled,
} from '../../domain/program/program.ts';
import type { Tx } from '../../store/database.ts';
import { insertPerson, lockIdentity, peopleSharing, updatePerson } from '../../store/program/people.ts';

/** Adds what is new about a known person; adds an unknown one. */
export async function identifyPerson(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  given: Identity,
): Promise<Person> {
  const identity = identityKey(given);
  await lockIdentity(tx, workspaceId, identity);
  const known = recognize(identity, await peopleSharing(tx, workspaceId, identity));
  if (!known) return insertPerson(tx, workspaceId, { id: ctx.newId(), ...identity }, ctx.now());
  const completed = withGapsFilled(known, identity);
  if (completed) await updatePerson(tx, workspaceId, completed);
  return completed ?? known;
}
