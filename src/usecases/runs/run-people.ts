// Whose runs are meant, and who the people of runs are: runs themselves know only ids.
import { subjectId } from '../../domain/runs/run.ts';
import type { LoggedRun } from './run-edges.ts';
import { subjectsOf } from './run-log.ts';

type NamedPerson = { id: string; name: string | null; email: string | null; contactId: string | null };

export type RunPeopleDeps = {
  people: {
    /** At most `most` of those whom the text may mean. */
    meant(workspaceId: string, text: string, most: number): Promise<NamedPerson[]>;
    /** Those with one of these ids, and those who are one of these contacts. */
    named(workspaceId: string, ids: { people: string[]; contacts: string[] }): Promise<NamedPerson[]>;
  };
};

export type RunPeople = ReturnType<typeof createRunPeople>;

const mostMeant = 50;

export function createRunPeople({ people }: RunPeopleDeps) {
  return {
    /** The subjects of whoever the text means: an id, or the beginning of a name or email. */
    async subjects(workspaceId: string, text: string): Promise<string[]> {
      const meant = await people.meant(workspaceId, text, mostMeant);
      const contactIds = meant.flatMap((one) => one.contactId ?? []);
      // Work for a contact whom nobody of the referral side is has no person.
      return subjectsOf({ personIds: meant.map((one) => one.id), contactIds: [...contactIds, text] });
    },

    /** Whom each run is about, by the run's id, where that is known. */
    async of(workspaceId: string, runs: readonly LoggedRun[]): Promise<Map<string, NamedPerson>> {
      const ids = runs.map((run) => subjectId(run.subject));
      const contacts = runs.flatMap((run) => run.contactId ?? []);
      const known = await people.named(workspaceId, {
        people: ids.filter((id) => isUuid.test(id)),
        contacts: [...ids.filter((id) => !isUuid.test(id)), ...contacts],
      });
      const byId = new Map(known.map((one) => [one.id, one]));
      const byContact = new Map(known.map((one) => [one.contactId, one]));
      return new Map(
        runs.flatMap((run) => {
          const id = subjectId(run.subject);
          const found = byId.get(id) ?? byContact.get(run.contactId) ?? byContact.get(id);
          return found ? [[run.id, found]] : [];
        }),
      );
    },
  };
}

const isUuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;
