// Which person of the program a request means.
import type { Context } from '../../context.ts';
import { type Identity, type Person, recognize, withGapsFilled } from '../../domain/program/program.ts';
import type { Tx } from '../../store/database.ts';
import { insertPerson, lockIdentity, peopleSharing, updatePerson } from '../../store/program/people.ts';

/** The person who is meant, completed by what is new about them; a new person when none is known. */
export async function identifyPerson(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  identity: Identity,
): Promise<Person> {
  await lockIdentity(tx, workspaceId, identity);
  const known = recognize(identity, await peopleSharing(tx, workspaceId, identity));
  if (!known) return insertPerson(tx, workspaceId, { id: ctx.newId(), ...identity }, ctx.now());
  const completed = withGapsFilled(known, identity);
  if (completed) await updatePerson(tx, workspaceId, completed);
  return completed ?? known;
}
