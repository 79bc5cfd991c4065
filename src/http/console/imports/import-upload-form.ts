// The upload form for a file of contacts. Nothing is imported before the import is started.

import { z } from 'zod';
import { duplicatePolicies, immediatePolicies } from '../../../domain/contacts/contact-draft.ts';
import { importOptions, unknownColumns } from '../../../domain/imports/contact-import.ts';
import { Failure } from '../../../failure.ts';
import { receiveImport } from '../../../usecases/imports/receive-import.ts';
import { type Html, html } from '../../html.ts';
import { jsonTypes, readFileRows } from '../../rows/file-rows.ts';
import { type ConsolePage, form, type PageContext, page, ticked } from '../console.ts';
import { ownWritesNote } from '../effect-words.ts';
import { refusal, selectField, textField, tickField } from '../fields.ts';

const path = '/imports';

const { email_verified: _, ...choices } = importOptions.shape;
const yesNoOrUnknown = z
  .enum(['', 'true', 'false'])
  .default('')
  .transform((word) => (word === '' ? undefined : word === 'true'));
const uploadGiven = z.object({
  ...choices,
  name: z.string().trim().max(200),
  unknown: z.enum(unknownColumns),
  day_first: yesNoOrUnknown,
  decimal_comma: yesNoOrUnknown,
  email_verified: ticked,
});

export const duplicateChoices = immediatePolicies.map(
  (policy) => [policy, duplicatePolicies[policy].importChoice] as const,
);

const about = { title: 'Upload a file', needs: 'administrator' } as const;

export const uploadPages: ConsolePage[] = [
  page(`${path}/new`, { ...about, show: uploadForm }),
  form(path, {
    ...about,
    body: uploadGiven,
    async act({ ctx, workspaceId, actor, body, file: uploaded }) {
      if (!uploaded || uploaded.name === '')
        throw new Failure('invalid', 'Choose a file.', { fields: { file: 'is missing' } });
      const { name, unknown, ...options } = body;
      const { columns, rows } = await readFileRows(uploaded.bytes, {
        contentType: typeOf(uploaded),
        unknown,
      });
      const { contactImport } = await receiveImport(ctx, {
        workspaceId,
        name: name === '' ? uploaded.name : name,
        createdBy: actor.name,
        uploadKey: null,
        ...{ columns, options, rows },
        start: false,
        actor,
      });
      return {
        to: `/console${path}/${contactImport.id}`,
        flash: 'File uploaded. Review it, then start.',
      };
    },
    again: uploadForm,
  }),
];

/** Browsers report a type by the installed programs, which may be a spreadsheet's. */
function typeOf({ name, type }: { name: string; type: string }): string | undefined {
  if (/\.(ndjson|jsonl|json)$/i.test(name)) return jsonTypes[0];
  return /\.(csv|tsv|txt)$/i.test(name) ? 'text/csv' : type;
}

async function uploadForm({ csrf, refused }: PageContext): Promise<Html> {
  const inFile = Object.entries(refused?.fields ?? {}).filter(
    ([name]) => !Object.hasOwn(uploadGiven.shape, name),
  );
  return html`<section>
${refusal(refused)}
${inFile.length > 0 && html`<ul>${inFile.map(([name, why]) => html`<li><b>${name}</b> ${why}</li>`)}</ul>`}
<p>Each row is a contact; the first row names the columns: <code>email</code>, <code>name</code>, <code>phone</code>, <code>external_id</code>, <code>role</code>, <code>tags</code>, <code>company_id</code>, <code>custom_attributes.plan</code>, …</p>
<form method="post" action="/console/imports" enctype="multipart/form-data">${csrf}
${textField({ name: 'name', label: 'Name (optional)', hint: 'Defaults to the file name.', refused })}
${rowFields(refused)}
${tickField({ name: 'email_verified', label: 'I confirm that these emails are verified', refused })}
<div class="field"><label for="f-file">File</label>
<input id="f-file" type="file" name="file" required accept=".csv,.tsv,.txt,.ndjson,.jsonl,text/csv"${refused?.fields.file !== undefined && html` aria-invalid="true"`}>
<p class="hint">CSV or NDJSON (one JSON object per line), any length.</p></div>
<p class="quiet">Nothing is imported before you start it. ${ownWritesNote}</p>
<div class="row"><button class="main">Upload</button><a href="/console/imports">Cancel</a></div>
</form>
</section>`;
}

/** How rows are read, and what is done with contacts that exist. */
function rowFields(refused: PageContext['refused']): Html {
  return html`${selectField({
    ...{ name: 'role', label: 'Role of rows without one', refused },
    options: [
      ['lead', 'leads'],
      ['user', 'users'],
    ],
  })}
${selectField({ ...{ name: 'on_duplicate', label: 'If the contact already exists', refused }, options: duplicateChoices })}
${selectField({
  ...{ name: 'lead_where_user_wanted', label: 'If a lead exists and the row is a user', refused },
  options: [
    ['convert', 'Convert it to a user'],
    ['keep', 'Keep it a lead'],
  ],
})}
${selectField({
  ...{ name: 'archived', label: 'If the contact is archived', refused },
  options: [
    ['report', 'Report the row as failed'],
    ['unarchive', 'Unarchive it'],
  ],
})}
${selectField({
  ...{ name: 'unknown', label: 'Unknown columns', refused },
  options: [
    ['refuse', 'Refuse the file'],
    ['ignore', 'Skip them'],
    ['attributes', 'Import as custom attributes'],
  ],
})}
${selectField({
  ...{ name: 'day_first', label: 'Dates such as 03/04/2026', refused },
  options: [
    ['', 'Refuse the row: the order is unclear'],
    ['true', 'Day first: April 3'],
    ['false', 'Month first: March 4'],
  ],
})}
${selectField({
  ...{ name: 'decimal_comma', label: 'Numbers such as 1.234 and 1,234', refused },
  options: [
    ['', 'Refuse the row: it could be a fraction or thousands'],
    ['true', 'Comma for decimals: 1.234 is over a thousand'],
    ['false', 'Point for decimals: 1,234 is over a thousand'],
  ],
})}`;
}
