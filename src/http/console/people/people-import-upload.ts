// Starting a list of people: emails pasted, or a CSV file.
import { z } from 'zod';
import { headerText } from '../../../domain/imports/contact-import.ts';
import { readPastedPeople } from '../../../domain/people/pasted-people.ts';
import {
  guessColumns,
  importPurposes,
  isHeader,
  pastedColumns,
  pastedMapping,
} from '../../../domain/people/people-import.ts';
import { Failure } from '../../../failure.ts';
import {
  type ArrivingPerson,
  type PeopleList,
  receivePeople,
} from '../../../usecases/people/lists/people-imports.ts';
import { type Html, html } from '../../html.ts';
import type { TableRow } from '../../rows/csv-rows.ts';
import { readFileTable } from '../../rows/file-rows.ts';
import { type ConsolePage, form, type PageContext, page, textIn } from '../console.ts';
import { radioField, refusal, textAreaField } from '../fields.ts';
import { everyCampaign } from '../lists.ts';
import type { UploadedFile } from '../upload.ts';
import { importPath, importsPath } from './people-import-words.ts';
import { campaignField, joinableCampaigns, noCampaign } from './person-fields.ts';

const purpose = z.enum(importPurposes);
const asked = z.object({ campaign: z.guid().optional(), purpose: purpose.optional() });
type Shown = PageContext & { query?: z.output<typeof asked> };

const given = z.object({
  campaign: z.guid('Choose a campaign.'),
  purpose,
  pasted: z.string().default(''),
});
type Given = z.output<typeof given>;

const about = { title: 'Import people', needs: 'administrator' } as const;

export const peopleUploadPages: ConsolePage[] = [
  page(`${importsPath}/new`, { ...about, query: asked, show: uploadForm }),
  form(importsPath, {
    ...about,
    body: given,
    async act({ ctx, workspaceId, actor, body, file }) {
      const { id, state } = await receivePeople(ctx, workspaceId, await listFrom(body, file), actor);
      return { to: importPath(id, state === 'unmapped' ? '/columns' : '') };
    },
    again: uploadForm,
  }),
];

async function listFrom(
  { campaign, purpose, pasted }: Given,
  file: UploadedFile | null,
): Promise<PeopleList> {
  const isFile = file !== null && file.name !== '';
  const isPasted = pasted.trim() !== '';
  if (isFile && isPasted) throw refuse('file', 'Paste a list or choose a file, not both.');
  const own = { campaignId: campaign, purpose };
  if (isFile) return { ...own, ...(await listInFile(purpose, file)) };
  if (!isPasted) throw refuse('pasted', 'Paste a list, or choose a file.');
  const people = readPastedPeople(pasted);
  return {
    ...own,
    ...{ name: 'Pasted list', columns: pastedColumns, mapping: pastedMapping, isMapped: true },
    rows: pastedRows(people, purpose),
  };
}

const refuse = (field: string, why: string) => new Failure('invalid', why, { fields: { [field]: why } });

/** Of customers, also ids without an @. */
async function* pastedRows(
  people: ReturnType<typeof readPastedPeople>,
  purpose: Given['purpose'],
): AsyncGenerator<ArrivingPerson> {
  for (const [at, { line, name, email }] of people.entries()) {
    const isId = purpose === 'qualify' && !email.includes('@');
    const cells = isId ? [name, '', email] : [name, email, ''];
    yield { seq: at + 1, line, cells: cells.map((cell) => cell.toWellFormed()), problem: null };
  }
}

async function listInFile(purpose: Given['purpose'], { name, bytes }: UploadedFile) {
  const { header, rows } = await readFileTable(bytes);
  const named = isHeader(header.cells);
  const columns = header.cells.map((cell, at) => (named && headerText(cell)) || `Column ${at + 1}`);
  const mapping = named
    ? guessColumns(columns, purpose)
    : header.cells.map((cell) => (isHeader([cell]) ? null : ('email' as const)));
  const first = named ? [] : [{ ...header, problem: null }];
  return { name, columns, mapping, isMapped: false, rows: numbered(first, rows) };
}

async function* numbered(
  first: readonly TableRow[],
  rows: AsyncIterable<TableRow>,
): AsyncGenerator<ArrivingPerson> {
  let seq = 0;
  for (const row of first) yield { seq: ++seq, ...row };
  for await (const row of rows) yield { seq: ++seq, ...row };
}

async function uploadForm(context: Shown): Promise<PageBodyWithTitle> {
  const { ctx, workspaceId, csrf, refused, query } = context;
  const chosen = (refused ? textIn(refused.values, 'purpose') : query?.purpose) ?? 'referrals';
  const qualifies = chosen === 'qualify';
  const title = qualifies ? 'Qualify from a list' : about.title;
  const campaigns = qualifies
    ? await everyCampaign(ctx, workspaceId)
    : await joinableCampaigns(ctx, workspaceId);
  if (campaigns.length === 0) return { title, body: noCampaign };
  const why = refused?.fields.file;
  const body = html`<section>
${refusal(refused)}
<p>${qualifies ? qualifyIntro : addIntro}</p>
<form method="post" action="/console${importsPath}" enctype="multipart/form-data">${csrf}
${campaignField(campaigns, query?.campaign ?? '', refused)}
${qualifies ? html`<input type="hidden" name="purpose" value="qualify">` : purposeField(chosen, context)}
${textAreaField({
  ...{ name: 'pasted', label: qualifies ? 'Emails or IDs' : 'Emails', rows: 8, refused },
  hint: qualifies
    ? 'Emails, your own IDs or Intercom contact IDs: one per line, or separated by commas or semicolons.'
    : 'One per line, or separated by commas or semicolons. Names are read, too: Dana Reed <dana@example.com>',
  more: html` spellcheck="false" autocomplete="off"`,
})}
<div class="field"><label for="f-file">Or a file</label>
<input id="f-file" type="file" name="file" accept=".csv,.tsv,.txt,text/csv" aria-describedby="f-file-hint${why !== undefined && ' f-file-why'}"${why !== undefined && html` aria-invalid="true"`}>
${why !== undefined && html`<p class="why" id="f-file-why">${why}</p>`}
<p class="hint" id="f-file-hint">CSV of any length. Next, you choose what each column is.</p></div>
<div class="row"><button class="main">Continue</button><a href="/console/people">Cancel</a></div>
</form></section>`;
  return { title, body };
}

type PageBodyWithTitle = { title: string; body: Html };

const addIntro =
  'Paste emails or upload a CSV file. You see how many people are new, and what is wrong with the others, before anyone is added.';
const qualifyIntro =
  'Paste or upload your customers. You see which referrals would qualify, and why others would not, before anything changes.';

function purposeField(value: string, { refused }: Shown): Html {
  return radioField({
    ...{ name: 'purpose', legend: 'Add them as', value, refused },
    options: [
      {
        value: 'referrals',
        label: 'Referrals',
        hint: 'Friends who were referred, with or without a referrer.',
      },
      { value: 'referrers', label: 'Referrers', hint: 'Each gets a share link.' },
    ],
  });
}
