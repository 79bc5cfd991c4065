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
export async function findOrAddPerson(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  given: Identity,
): Promise<{ person: Person; isNewPerson: boolean }> {
  const identity = identityKey(given);
  await lockIdentity(tx, workspaceId, identity);
  const known = recognize(identity, await peopleSharing(tx, workspaceId, identity));
  if (!known) {
    const added = await insertPerson(tx, workspaceId, { id: ctx.newId(), ...identity }, ctx.now());
    return { person: added, isNewPerson: true };
  }
  const completed = withGapsFilled(known, identity);
  if (completed) await updatePerson(tx, workspaceId, completed);
  return { person: completed ?? known, isNewPerson: false };
}

export async function identifyPerson(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  given: Identity,
): Promise<Person> {
  return (await findOrAddPerson(ctx, tx, workspaceId, given)).person;
}
