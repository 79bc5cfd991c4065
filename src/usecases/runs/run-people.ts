// Resolves runs to people, since runs store only ids.
import type { Context } from '../../context.ts';
import { type LoggedRun, subjectId } from '../../domain/runs/run.ts';
import { matchingPeople, namedPeople } from '../../store/people/people-search.ts';
import { subjectsOf } from './run-log.ts';

const maxPeople = 50;
const isUuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** Matches an id, or the start of a name or email. */
export async function subjectsMatching(ctx: Context, workspaceId: string, text: string): Promise<string[]> {
  const people = await matchingPeople(ctx.database.db, workspaceId, text, maxPeople);
  const contactIds = people.flatMap((person) => person.contactId ?? []);
  // A contact may have runs without being in the program.
  return subjectsOf({ personIds: people.map((person) => person.id), contactIds: [...contactIds, text] });
}

/** By run id; omits unknown people. */
export async function peopleOfRuns(ctx: Context, workspaceId: string, runs: readonly LoggedRun[]) {
  const ids = runs.map((run) => subjectId(run.subject));
  const contacts = runs.flatMap((run) => run.contactId ?? []);
  const people = await namedPeople(ctx.database.db, workspaceId, {
    people: ids.filter((id) => isUuid.test(id)),
    contacts: [...ids.filter((id) => !isUuid.test(id)), ...contacts],
  });
  const byId = new Map(people.map((person) => [person.id, person]));
  const byContact = new Map(people.map((person) => [person.contactId, person]));
  return new Map(
    runs.flatMap((run) => {
      const id = subjectId(run.subject);
      const person = byId.get(id) ?? byContact.get(run.contactId) ?? byContact.get(id);
      return person ? [[run.id, person] as const] : [];
    }),
  );
}
