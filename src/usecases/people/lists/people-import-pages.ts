// The pages of a list of people: rows checked, worked or undone, and their outcomes, in one transaction each.
import type { Context } from '../../../context.ts';
import type { Stepped, WorkKey } from '../../../domain/page-work.ts';
import type { PeopleImportState, RowOutcome } from '../../../domain/people/people-import.ts';
import type { Tx } from '../../../store/database.ts';
import {
  countsAfter,
  nextPeopleRows,
  type PeopleImport,
  type PeopleImportRow,
  peopleImportList,
  type RowResult,
  settlePeopleRows,
} from '../../../store/people/people-imports.ts';
import { doPageOnce, noteTrouble, type PageWork } from '../../page-work.ts';
import { backpressure } from '../../repair/backfill-sources.ts';
import { addListed } from './add-listed.ts';
import { checkListed } from './check-listed.ts';
import { checkQualifying, qualifyListed } from './qualify-listed.ts';
import { undoListed } from './undo-listed.ts';

export type RowsWork = (
  ctx: Context,
  tx: Tx,
  list: PeopleImport,
  rows: readonly PeopleImportRow[],
) => Promise<RowResult[]>;

type Phase = {
  takes: RowOutcome | null;
  perPage: number;
  endsIn: PeopleImportState;
  work: RowsWork;
};

export const peopleImportWork: PageWork = {
  name: 'people-import',
  rows: peopleImportList,
  step,
  async giveUp(ctx, tx, key, trouble) {
    const list = await peopleImportList.lock(tx, key);
    if (!list) return;
    const stopped = { state: 'failed' as const, failedIn: list.state, trouble, finishedAt: ctx.now() };
    await peopleImportList.change(tx, key, stopped, ctx.now());
  },
};

export function phaseOf({ state, purpose }: PeopleImport): Phase | null {
  const qualifies = purpose === 'qualify';
  switch (state) {
    case 'checking':
      return {
        ...{ takes: null, perPage: 500, endsIn: 'checked' },
        work: qualifies ? checkQualifying : checkListed,
      };
    case 'running':
      return { takes: 'new', perPage: 50, endsIn: 'done', work: qualifies ? qualifyListed : addListed };
    case 'undoing':
      return { takes: 'done', perPage: 100, endsIn: 'undone', work: undoListed };
    default:
      return null;
  }
}

export const isUnderWay = (state: PeopleImportState) =>
  state === 'checking' || state === 'running' || state === 'undoing';

async function step(ctx: Context, { workspaceId, id }: WorkKey): Promise<Stepped> {
  const list = await peopleImportList.find(ctx.database.db, workspaceId, id);
  const phase = list && phaseOf(list);
  if (!list || !phase) return 'over';
  const wait = list.state === 'running' ? await backpressure(ctx, workspaceId, 'enroll') : null;
  if (wait) {
    await noteTrouble(ctx, peopleImportWork, list, wait.why);
    return wait;
  }
  return doPageOnce(ctx, peopleImportList, list, (tx) => doPage(ctx, tx, list, phase));
}

async function doPage(
  ctx: Context,
  tx: Tx,
  list: PeopleImport,
  { takes, perPage, endsIn, work }: Phase,
): Promise<Stepped> {
  const rows = await nextPeopleRows(tx, list, takes, perPage);
  if (rows.length === 0) {
    const ended = { state: endsIn, trouble: null, finishedAt: ctx.now() };
    await peopleImportList.change(tx, list, ended, ctx.now());
    return 'over';
  }
  const results = await work(ctx, tx, list, rows);
  await settlePeopleRows(tx, list, results);
  const counts = countsAfter(list.counts, takes, results);
  const place = rows.at(-1)?.seq ?? list.place;
  await peopleImportList.change(tx, list, { counts, place, trouble: null }, ctx.now());
  return 'more';
}
