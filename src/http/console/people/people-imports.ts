// Lists of people: what they would do, their progress, the outcome of every row, and the way back.
import { z } from 'zod';
import {
  failedOutcomes,
  pastedColumns,
  type RowOutcome,
  rowOutcomes,
  totalOutcomes,
} from '../../../domain/people/people-import.ts';
import { isUnderWay } from '../../../usecases/people/lists/people-import-pages.ts';
import {
  type ListEffect,
  previewPeopleImport,
} from '../../../usecases/people/lists/people-import-preview.ts';
import {
  changePeopleImport,
  countPeopleReasons,
  listPeopleImports,
  listPeopleRows,
  type PeopleImport,
  type PeopleImportChange,
  type PeopleImportRow,
  peopleImportChanges,
  readPeopleImport,
  readPeopleRows,
} from '../../../usecases/people/lists/people-imports.ts';
import { readCampaign } from '../../../usecases/program/campaigns.ts';
import type { Effort } from '../../../usecases/rehearse.ts';
import { paged } from '../../api/schemas.ts';
import { type CsvFile, csvLine } from '../../csv.ts';
import { type Html, html } from '../../html.ts';
import { type ConsolePage, file, form, type PageContext, page, withId } from '../console.ts';
import {
  atLeast,
  bullets,
  effectLines,
  effectPart,
  effortOf,
  effortQuery,
  wordFor,
} from '../effect-words.ts';
import { address, pageAt, pageLinks, tableOr } from '../lists.ts';
import { askedForm, badge, buttonForm, table, tabs } from '../parts.ts';
import { count, dateTime } from '../words.ts';
import {
  importPath,
  importsPath,
  outcomeBadge,
  outcomeWords,
  peopleText,
  purposeWords,
  stateBadges,
} from './people-import-words.ts';

const perPage = 50;
const outcome = z.enum([...rowOutcomes, 'failed']).optional();
type Shown = z.output<typeof outcome>;

export const peopleImportPages: ConsolePage[] = [
  page(importsPath, {
    title: 'People imports',
    tab: { group: 'Imports', label: 'People' },
    needs: 'viewer',
    query: z.object({ cursor: paged.cursor }),
    async show({ ctx, workspaceId, timeZone, isAdministrator, tabs: links, query: { cursor } }) {
      const { items, next } = await listPeopleImports(ctx, workspaceId, pageAt(cursor));
      return html`${links}
<section>
<div class="row apart"><h2>People imports</h2>${
        isAdministrator &&
        html`<div class="row">
<a class="button main" href="/console${importsPath}/new">Import people</a>
<a class="button" href="${address(`${importsPath}/new`, { purpose: 'qualify' })}">Qualify from a list</a></div>`
      }</div>
<div id="lists" data-live="5">${listsTable(items, timeZone)}</div>
${pageLinks(importsPath, {}, cursor, next)}
</section>`;
    },
  }),
  page(`${importsPath}/:id`, {
    title: 'People import',
    needs: 'viewer',
    params: withId,
    query: z.object({ outcome, after: z.coerce.number().int().min(0).default(0), ...effortQuery }),
    show: listPage,
  }),
  file(`${importsPath}/:id/rows.csv`, {
    title: 'Rows',
    needs: 'viewer',
    params: withId,
    query: z.object({ outcome }),
    async answer({ ctx, workspaceId, params, query }): Promise<CsvFile> {
      const list = await readPeopleImport(ctx, workspaceId, params.id);
      const rows = readPeopleRows(ctx, list, chosenOutcomes(query.outcome));
      return { name: `${query.outcome ?? 'all'}-rows.csv`, lines: rowLines(list, rows) };
    },
  }),
  form(`${importsPath}/:id/:change`, {
    title: 'People import',
    needs: 'administrator',
    params: withId.extend({ change: z.enum(peopleImportChanges) }),
    async act({ ctx, workspaceId, actor, params: { id, change } }) {
      await changePeopleImport(ctx, workspaceId, id, change, actor);
      return { to: importPath(id) };
    },
  }),
];

const chosenOutcomes = (chosen: Shown): readonly RowOutcome[] | undefined =>
  chosen === undefined ? undefined : chosen === 'failed' ? failedOutcomes : [chosen];

function listsTable(lists: readonly PeopleImport[], timeZone: string): Html {
  return tableOr(
    html`No people imports yet. Paste emails or upload a CSV file to add many people at once.`,
    ['Import', 'Action', 'State', 'Rows', 'Uploaded', 'By'],
    lists.map(
      (list) => html`<th scope="row"><a href="${importPath(list.id)}">${list.name}</a></th>
<td>${purposeWords[list.purpose]}</td>
<td>${badge(...stateBadges[list.state])}</td>
<td>${count(list.rows)}</td>
<td>${dateTime(list.createdAt, timeZone)}</td>
<td>${list.createdBy}</td>`,
    ),
  );
}

type ListContext = PageContext & {
  params: { id: string };
  query: { outcome?: Shown; after: number; count?: 'all' | undefined };
};

async function listPage(context: ListContext) {
  const { ctx, workspaceId, params, query } = context;
  const list = await readPeopleImport(ctx, workspaceId, params.id);
  const isMoving = isUnderWay(list.state);
  const outcomes = chosenOutcomes(query.outcome);
  const effort = effortOf(query);
  const effect = context.isAdministrator ? await previewPeopleImport(ctx, list, context.actor, effort) : null;
  const [campaign, reasons, rows] = await Promise.all([
    readCampaign(ctx, workspaceId, list.campaignId),
    // Grouping a long list at every refresh of its progress would take longer than its work.
    isMoving ? [] : countPeopleReasons(ctx, list, [...failedOutcomes, 'kept']),
    isMoving ? [] : listPeopleRows(ctx, list, { outcomes, after: query.after, limit: perPage + 1 }),
  ]);
  return {
    title: `${purposeWords[list.purpose]}: ${list.name}`,
    body: html`<p><a href="/console${importsPath}">All people imports</a></p>
<div id="list"${isMoving && html` data-live="2"`}><section>
<div class="row apart"><h2>${headline(list, campaign.name)}</h2>${badge(...stateBadges[list.state])}</div>
${progress(list)}
${list.trouble !== null && html`<p class="notice ${list.state === 'failed' ? 'bad' : 'fair'}">${list.trouble}</p>`}
${outcomeList(list)}
${reasonList(list, reasons)}
<p class="quiet">Uploaded ${dateTime(list.createdAt, context.timeZone)} by ${list.createdBy}.${list.actor !== null && html` Confirmed by ${list.actor.name}.`}</p>
${effect !== null && (list.counts.new ?? 0) > 0 && effectSection(list, effect, effort)}
${context.isAdministrator && buttons(list, campaign.name, context)}
</section>
${!isMoving && html`<section><h2>Rows</h2>${rowList(list, rows, query)}</section>`}</div>`,
  };
}

function headline({ state, purpose, counts, rows }: PeopleImport, campaign: string): string {
  const people = (outcome: RowOutcome) => peopleText(purpose, counts[outcome] ?? 0);
  switch (state) {
    case 'checked':
      if ((counts.new ?? 0) === 0) return purpose === 'qualify' ? 'Nothing to qualify' : 'Nothing to add';
      return purpose === 'qualify'
        ? `Qualify ${people('new')} in ${campaign}?`
        : `Add ${people('new')} to ${campaign}?`;
    case 'undone':
      return `${people('undone')} removed from ${campaign}, ${count(counts.kept ?? 0)} kept`;
    case 'unmapped':
      return `${count(rows)} rows for ${campaign}`;
    case 'checking':
      return `Checking ${count(rows)} rows for ${campaign}`;
    default:
      return purpose === 'qualify'
        ? `${people('done')} qualified in ${campaign}`
        : `${people('done')} added to ${campaign}`;
  }
}

function progress({ state, rows, counts, wanted }: PeopleImport): Html | null {
  const settled = {
    checking: [totalOutcomes(counts), rows],
    running: [wanted - (counts.new ?? 0), wanted],
    undoing: [wanted - (counts.done ?? 0), wanted],
  };
  if (state !== 'checking' && state !== 'running' && state !== 'undoing') return null;
  const [done = 0, all = 0] = settled[state];
  return html`<progress max="${Math.max(1, all)}" value="${done}" aria-label="Rows done">${done} of ${all}</progress>
<p class="quiet">${count(done)} of ${count(all)} rows.</p>`;
}

function outcomeList(list: PeopleImport): Html | null {
  const words = outcomeWords(list);
  const counted = rowOutcomes.filter((each) => (list.counts[each] ?? 0) > 0);
  if (counted.length === 0) return null;
  return html`<dl>${counted.map((each) => html`<dt>${words[each]}</dt><dd>${count(list.counts[each] ?? 0)}</dd>`)}</dl>`;
}

type Reasons = Awaited<ReturnType<typeof countPeopleReasons>>;

function reasonList(list: PeopleImport, reasons: Reasons): Html | null {
  if (reasons.length === 0) return null;
  const words = outcomeWords(list);
  const title = list.state === 'undone' ? 'Why people were kept or left out' : 'Why rows are left out';
  const lines = reasons.map(
    ({ outcome: each, reason, count: number }) =>
      html`<li>${number === 1 ? '1 row' : `${count(number)} rows`}, ${words[each].toLowerCase()}: ${reason}</li>`,
  );
  return html`<h3>${title}</h3><ul>${lines}</ul>`;
}

function buttons(list: PeopleImport, campaign: string, { csrf }: PageContext): Html | null {
  const { id, state, purpose, counts } = list;
  const press = (name: PeopleImportChange, label: string, style = '') =>
    buttonForm(importPath(id, `/${name}`), csrf, label, { style });
  const fresh = counts.new ?? 0;
  const added = purpose === 'qualify' ? 0 : (counts.done ?? 0);
  const canUndo = (state === 'done' || state === 'canceled') && added > 0;
  const since =
    purpose === 'referrers'
      ? 'had clicks or referrals or been sent to Intercom'
      : 'changed status, earned a reward, referred someone or been sent to Intercom';
  const verb = purpose === 'qualify' ? 'Qualify' : 'Add';
  const canCancel = ['unmapped', 'checking', 'checked', 'running', 'failed'].includes(state);
  const undo = `This removes them from ${campaign}. People who have since ${since} stay. To add the others again, upload the list again.`;
  return html`<div class="row">
${state === 'unmapped' && html`<a class="button main" href="${importPath(id, '/columns')}">Choose columns</a>`}
${state === 'checked' && fresh > 0 && press('confirm', `${verb} ${peopleText(purpose, fresh)}`, 'main')}
${state === 'checked' && !isPasted(list) && html`<a class="button" href="${importPath(id, '/columns')}">Change columns</a>`}
${state === 'failed' && press('resume', 'Try again', 'main')}
${canUndo && askedForm(undo, importPath(id, '/undo'), csrf, `Undo: remove ${peopleText(purpose, added)}`, { style: 'danger' })}
${canCancel && askedForm('Rows that are done stay done. The remaining rows are not processed.', importPath(id, '/cancel'), csrf, 'Cancel import', { style: 'danger' })}
</div>`;
}

const isPasted = ({ columns }: PeopleImport) => columns.join() === pastedColumns.join();

function effectSection({ id, purpose, counts }: PeopleImport, effect: ListEffect, effort: Effort): Html {
  const { held } = effect;
  const number = counts.new ?? 0;
  const fresh = html`<b>${peopleText(purpose, number)}</b>`;
  const what: Record<PeopleImport['purpose'], Html> = {
    referrers: html`${fresh} ${wordFor(number, 'is', 'are')} added, each with a share link.`,
    referrals: html`${fresh} ${wordFor(number, 'is', 'are')} added as pending. Rules check each once Intercom reports a change of the contact.`,
    qualify: html`${fresh} on the list ${wordFor(number, 'is', 'are')} decided on.`,
  };
  const lines = [
    what[purpose],
    ...(held > 0
      ? [
          html`${atLeast(held, effect)} doubtful ${wordFor(held, 'one waits', 'ones wait')} for a review instead.`,
        ]
      : []),
    ...effectLines(effect),
  ];
  return html`<h3>What happens when you confirm</h3>${effectPart(effect, number, { effort, to: `${importPath(id)}?count=all` }, bullets(lines))}`;
}

function rowList(
  list: PeopleImport,
  found: readonly PeopleImportRow[],
  { outcome: chosen, after }: ListContext['query'],
): Html {
  const rows = found.slice(0, perPage);
  const last = rows.at(-1);
  const path = `${importsPath}/${list.id}`;
  const next =
    found.length > perPage && last ? address(path, { outcome: chosen, after: String(last.seq) }) : null;
  const shownColumns = list.columns.flatMap((name, at) =>
    list.mapping[at] || list.state === 'unmapped' ? [{ name, at }] : [],
  );
  const isSettled = totalOutcomes(list.counts) > 0;
  const cells = rows.map(
    (row) => html`<th scope="row" class="number">${row.line}</th>
${isSettled && html`<td>${outcomeCell(list, row)}</td>`}
${shownColumns.map(({ at }) => html`<td><bdi>${row.cells[at]}</bdi></td>`)}`,
  );
  const columns = ['Line', ...(isSettled ? ['Outcome'] : []), ...shownColumns.map(({ name }) => name)];
  return html`${isSettled && outcomeTabs(list, chosen)}
${cells.length > 0 ? table(columns, cells) : html`<p class="empty">No such rows.</p>`}
<p class="row">${after > 0 && html`<a href="${address(path, { outcome: chosen })}">First rows</a>`}${next !== null && html`<a href="${next}">More rows</a>`}
<a href="${address(`${path}/rows.csv`, { outcome: chosen })}">Download as CSV</a></p>`;
}

function outcomeCell(list: PeopleImport, { outcome: each, reason, personId }: PeopleImportRow): Html {
  return html`${each !== null && badge(...outcomeBadge(list, each))}
${personId !== null && each !== 'undone' && html`<a href="/console/people/${personId}">Person</a>`}
${reason !== null && html`<br><span class="quiet">${reason}</span>`}`;
}

function outcomeTabs(list: PeopleImport, chosen: Shown): Html {
  const words = outcomeWords(list);
  const path = `${importsPath}/${list.id}`;
  const failed = totalOutcomes(list.counts, failedOutcomes);
  const link = (label: string, to: Shown) => ({
    ...{ label, href: address(path, { outcome: to }), isCurrent: chosen === to },
  });
  const counted = rowOutcomes.filter((each) => (list.counts[each] ?? 0) > 0);
  return tabs('Rows by outcome', [
    link('All', undefined),
    ...(failed > 0 ? [link(`Left out ${count(failed)}`, 'failed')] : []),
    ...counted.map((each) => link(`${words[each]} ${count(list.counts[each] ?? 0)}`, each)),
  ]);
}

async function* rowLines(list: PeopleImport, rows: AsyncIterable<PeopleImportRow>): AsyncGenerator<string> {
  const words = outcomeWords(list);
  yield csvLine([...list.columns, '(line)', '(outcome)', '(reason)']);
  for await (const { cells, line, outcome: each, reason } of rows) {
    const own = list.columns.map((_, at) => cells[at] ?? '');
    yield csvLine([...own, line, each === null ? '' : words[each], reason ?? '']);
  }
}
