// What confirming a checked list would do, by the work itself.
import type { Context } from '../../../context.ts';
import type { IdentifiedActor } from '../../../domain/workspace/audit.ts';
import { nextPeopleRows, type PeopleImport } from '../../../store/people/people-imports.ts';
import { actsTogether, type Effect, type Effort, rehearse } from '../../rehearse.ts';
import { phaseOf } from './people-import-pages.ts';

/** `held`: those looked at that wait for a review instead of qualifying. */
export type ListEffect = Effect & { held: number };

export async function previewPeopleImport(
  ctx: Context,
  list: PeopleImport,
  actor: IdentifiedActor,
  effort: Effort,
): Promise<ListEffect | null> {
  const running: PeopleImport = { ...list, state: 'running', actor };
  const phase = phaseOf(running);
  if (list.state !== 'checked' || phase === null) return null;
  let [place, held] = [0, 0];
  const effect = await rehearse(ctx, list.workspaceId, effort, async (_within, tx) => {
    const found = await nextPeopleRows(tx, { ...list, place }, phase.takes, actsTogether + 1);
    const rows = found.slice(0, actsTogether);
    place = rows.at(-1)?.seq ?? place;
    return {
      looked: rows.length,
      isLast: found.length === rows.length,
      referralIds: list.purpose === 'qualify' ? rows.flatMap(({ subjectId }) => subjectId ?? []) : [],
      async act(within) {
        const results = await phase.work(within, tx, running, rows);
        held += results.filter(({ outcome }) => outcome === 'held').length;
      },
    };
  });
  return { ...effect, held };
}
