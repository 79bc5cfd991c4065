// Choosing what each column of a list of people is, with its first rows beside it.
import { z } from 'zod';
import {
  type ColumnMapping,
  fieldsFor,
  fieldWords,
  importFields,
  type PeopleImportState,
} from '../../../domain/people/people-import.ts';
import {
  chooseColumns,
  listPeopleRows,
  type PeopleImport,
  type PeopleImportRow,
  readPeopleImport,
} from '../../../usecases/people/lists/people-imports.ts';
import { readCampaign } from '../../../usecases/program/campaigns.ts';
import { html } from '../../html.ts';
import {
  anyFields,
  type ConsolePage,
  form,
  type PageBody,
  type PageContext,
  page,
  textIn,
  withId,
} from '../console.ts';
import { optionsOf, refusal } from '../fields.ts';
import { table } from '../parts.ts';
import { importPath, importsPath, purposeWords } from './people-import-words.ts';

const path = `${importsPath}/:id/columns`;
const about = { title: 'Choose columns', needs: 'administrator', params: withId } as const;
const sampleRows = 3;
const changeable: readonly PeopleImportState[] = ['unmapped', 'checked'];

const fieldGiven = z.enum(importFields).nullable().catch(null);

export const peopleColumnPages: ConsolePage[] = [
  page(path, { ...about, show: columnsPage }),
  form(path, {
    ...about,
    body: anyFields,
    async act({ ctx, workspaceId, actor, params, body }) {
      const { columns } = await readPeopleImport(ctx, workspaceId, params.id);
      const mapping = columns.map((_, at) => fieldGiven.parse(textIn(body, `column.${at}`)));
      await chooseColumns(ctx, workspaceId, params.id, mapping, actor);
      return { to: importPath(params.id) };
    },
    again: columnsPage,
  }),
];

async function columnsPage({
  ctx,
  workspaceId,
  csrf,
  refused,
  params,
}: PageContext & { params: { id: string } }): Promise<PageBody> {
  const list = await readPeopleImport(ctx, workspaceId, params.id);
  const [campaign, samples] = await Promise.all([
    readCampaign(ctx, workspaceId, list.campaignId),
    listPeopleRows(ctx, list, { after: 0, limit: sampleRows }),
  ]);
  if (!changeable.includes(list.state)) {
    return html`<section><p>The columns of this list can no longer be changed.</p>
<p><a href="${importPath(list.id)}">Back to the list</a></p></section>`;
  }
  return html`<section>
${refusal(refused)}
<p>${purposeWords[list.purpose]} in ${campaign.name}, from ${list.name}. Choose what each column is. Columns set to “Ignore” are left out.</p>
<form method="post" action="${importPath(list.id, '/columns')}">${csrf}
${table(
  ['Column', 'Is', 'First rows'],
  list.columns.map((name, at) => columnRow(list, samples, name, at, refused?.values)),
)}
<div class="row"><button class="main">Check the list</button><a href="${importPath(list.id)}">Cancel</a></div>
</form></section>`;
}

function columnRow(
  { mapping, purpose }: PeopleImport,
  samples: readonly PeopleImportRow[],
  name: string,
  at: number,
  values: Parameters<typeof textIn>[0] | undefined,
) {
  const field = `column.${at}`;
  const chosen = (values ? textIn(values, field) : mapping[at]) ?? '';
  const options = fieldsFor(purpose).map((each) => [each, labelOf(each, purpose)] as const);
  const shown = samples.map(({ cells }) => cells[at] ?? '').filter((cell) => cell !== '');
  return html`<th scope="row"><bdi>${name}</bdi></th>
<td><select name="${field}" aria-label="What ${name} is">${optionsOf([['', 'Ignore'], ...options], chosen)}</select></td>
<td class="quiet">${shown.map((cell) => html`<div><bdi>${cell.slice(0, 80)}</bdi></div>`)}</td>`;
}

function labelOf(field: NonNullable<ColumnMapping[number]>, purpose: PeopleImport['purpose']): string {
  return field === 'external_id' && purpose === 'qualify' ? 'External ID or contact ID' : fieldWords[field];
}
