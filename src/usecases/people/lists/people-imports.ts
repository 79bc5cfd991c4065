// Lists of people: received, checked, confirmed by a teammate, then worked page by page; undone while nothing followed.
import type { Context } from '../../../context.ts';
import {
  type ColumnMapping,
  flawInMapping,
  type ImportPurpose,
  type PeopleImportState,
  type RowOutcome,
  totalOutcomes,
} from '../../../domain/people/people-import.ts';
import type { IdentifiedActor } from '../../../domain/workspace/audit.ts';
import { Failure } from '../../../failure.ts';
import type { Tx } from '../../../store/database.ts';
import {
  type ArrivingPerson,
  addPeopleRows,
  countReasons,
  deletePeopleImport,
  findPeopleRows,
  forgetOutcomes,
  type PeopleImport,
  type PeopleImportChanges,
  type PeopleImportRow,
  peopleImportList,
} from '../../../store/people/people-imports.ts';
import { found } from '../../found.ts';
import { enqueuePages } from '../../page-work.ts';
import { readCampaign, refuseOutside } from '../../program/campaigns.ts';
import { query, required } from '../../query.ts';
import { recordAudit } from '../../workspace/record-audit.ts';
import { isUnderWay } from './people-import-pages.ts';

export type { ArrivingPerson, PeopleImport, PeopleImportRow };

export type PeopleList = {
  campaignId: string;
  purpose: ImportPurpose;
  name: string;
  columns: string[];
  mapping: ColumnMapping;
  /** Otherwise a teammate chooses the columns first. */
  isMapped: boolean;
  /** In order. Rejects with `unreadable` or `invalid` for a bad file. */
  rows: AsyncIterable<ArrivingPerson>;
};

const rowsStoredTogether = 500;

/** Resolves once every row is stored. Of a list that breaks off, nothing is kept. */
export async function receivePeople(
  ctx: Context,
  workspaceId: string,
  { rows, isMapped, ...list }: PeopleList,
  actor: IdentifiedActor,
): Promise<PeopleImport> {
  const campaign = await readCampaign(ctx, workspaceId, list.campaignId);
  if (list.purpose !== 'qualify') refuseOutside(campaign);
  const key = { workspaceId, id: ctx.newId() };
  const own = { ...key, ...list, createdBy: actor.name, createdAt: ctx.now(), counts: {} };
  await ctx.database.transaction((tx) => peopleImportList.add(tx, { ...own, state: 'receiving' }));
  try {
    const count = await storeRows(ctx, key, rows);
    if (count === 0) throw new Failure('invalid', 'This import is empty.');
    await ctx.database.transaction(async (tx) => {
      const state = isMapped ? ('checking' as const) : ('unmapped' as const);
      await peopleImportList.change(tx, key, { state }, ctx.now());
      if (isMapped) await enqueuePages(ctx, tx, 'people-import', key);
      const details = { count, campaign: campaign.name, purpose: list.purpose };
      await recordAudit(ctx, tx, workspaceId, actor, 'people_import.create', key.id, details);
    });
  } catch (error) {
    await deletePeopleImport(ctx.database.db, key);
    throw error;
  }
  return readPeopleImport(ctx, workspaceId, key.id);
}

async function storeRows(
  ctx: Context,
  key: { workspaceId: string; id: string },
  rows: AsyncIterable<ArrivingPerson>,
): Promise<number> {
  let together: ArrivingPerson[] = [];
  let count = 0;
  const store = async () => {
    const block = together;
    together = [];
    if (block.length > 0) await ctx.database.transaction((tx) => addPeopleRows(tx, key, block, ctx.now()));
  };
  for await (const row of rows) {
    together.push(row);
    count += 1;
    if (together.length >= rowsStoredTogether) await store();
  }
  await store();
  return count;
}

export const readPeopleImport = required(peopleImportList.find, 'list of people');
export const listPeopleImports = query(peopleImportList.list);

/** The rows after one, in the order of the list. */
export const listPeopleRows = query(findPeopleRows);
export const countPeopleReasons = query(countReasons);

const rowsReadTogether = 500;

export async function* readPeopleRows(
  ctx: Context,
  key: { workspaceId: string; id: string },
  outcomes: readonly RowOutcome[] | undefined,
): AsyncGenerator<PeopleImportRow> {
  for (let after = 0; ; ) {
    const page = await listPeopleRows(ctx, key, { outcomes, after, limit: rowsReadTogether });
    yield* page;
    const last = page.at(-1);
    if (!last || page.length < rowsReadTogether) return;
    after = last.seq;
  }
}

/** Looks at all rows, again if they were looked at before. */
export function chooseColumns(
  ctx: Context,
  workspaceId: string,
  id: string,
  mapping: ColumnMapping,
  actor: IdentifiedActor,
): Promise<void> {
  const flaw = flawInMapping(mapping);
  if (flaw !== null) throw new Failure('invalid', flaw);
  return change(ctx, { workspaceId, id }, ['unmapped', 'checked'], async (tx, list) => {
    const counts = await forgetOutcomes(tx, list);
    await recordAudit(ctx, tx, workspaceId, actor, 'people_import.map', id, {});
    return { state: 'checking', mapping, counts };
  });
}

type Change = {
  from: readonly PeopleImportState[];
  to(list: PeopleImport, actor: IdentifiedActor): PeopleImportChanges & { state: PeopleImportState };
};

const changes = {
  confirm: {
    from: ['checked'],
    to: ({ counts }, actor) => {
      const wanted = counts.new ?? 0;
      if (wanted === 0) throw new Failure('conflict', 'This import has nothing left to do.');
      return { state: 'running', wanted, actor, finishedAt: null };
    },
  },
  cancel: {
    from: ['unmapped', 'checking', 'checked', 'running', 'failed'],
    to: () => ({ state: 'canceled', failedIn: null }),
  },
  resume: {
    from: ['failed'],
    to: ({ failedIn }) => ({ state: failedIn ?? 'canceled', failedIn: null, finishedAt: null }),
  },
  undo: {
    from: ['done', 'canceled'],
    to: ({ counts, purpose }, actor) => {
      const wanted = purpose === 'qualify' ? 0 : (counts.done ?? 0);
      if (wanted === 0) throw new Failure('conflict', 'Nothing to undo.');
      return { state: 'undoing', wanted, actor, finishedAt: null };
    },
  },
} satisfies Record<string, Change>;

export type PeopleImportChange = keyof typeof changes;
export const peopleImportChanges = Object.keys(changes) as PeopleImportChange[];

/** Rejects with `conflict` when the state does not allow it. */
export async function changePeopleImport(
  ctx: Context,
  workspaceId: string,
  id: string,
  name: PeopleImportChange,
  actor: IdentifiedActor,
): Promise<void> {
  const { from, to }: Change = changes[name];
  const list = await readPeopleImport(ctx, workspaceId, id);
  const { name: campaign } = await readCampaign(ctx, workspaceId, list.campaignId);
  await change(ctx, { workspaceId, id }, from, async (tx, locked) => {
    const changed = to(locked, actor);
    const details = { campaign, count: changed.wanted ?? totalOutcomes(locked.counts) };
    await recordAudit(ctx, tx, workspaceId, actor, `people_import.${name}`, id, details);
    return isUnderWay(changed.state) ? changed : { ...changed, finishedAt: ctx.now() };
  });
}

function change(
  ctx: Context,
  key: { workspaceId: string; id: string },
  from: readonly PeopleImportState[],
  apply: (tx: Tx, list: PeopleImport) => Promise<PeopleImportChanges & { state: PeopleImportState }>,
): Promise<void> {
  return ctx.database.transaction(async (tx) => {
    const list = found(await peopleImportList.lock(tx, key), 'list of people');
    if (!from.includes(list.state))
      throw new Failure('conflict', `The import is ${stateWords[list.state]}, so this cannot be done now.`);
    const changed = await apply(tx, list);
    await peopleImportList.change(tx, key, { trouble: null, place: 0, ...changed }, ctx.now());
    if (isUnderWay(changed.state)) await enqueuePages(ctx, tx, 'people-import', key);
  });
}

const stateWords: Record<PeopleImportState, string> = {
  receiving: 'still arriving',
  unmapped: 'waiting for its columns',
  checking: 'being checked',
  checked: 'waiting to be confirmed',
  running: 'being worked on',
  done: 'done',
  undoing: 'being undone',
  undone: 'undone',
  canceled: 'canceled',
  failed: 'stopped by a failure',
};
