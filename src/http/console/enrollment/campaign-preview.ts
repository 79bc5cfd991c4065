// Preview of the contact that a person of the campaign would become by the drafted mapping.

import type { SideName } from '../../../domain/enrollment/enrollment.ts';
import { customName } from '../../../domain/enrollment/mapping.ts';
import { targetLabel } from '../../../domain/enrollment/mapping-words.ts';
import { tidy } from '../../../domain/identity.ts';
import type { Person } from '../../../domain/program/program.ts';
import { dayMs } from '../../../domain/time-units.ts';
import { Failure } from '../../../failure.ts';
import type { PlannedCampaign } from '../../../usecases/campaigns/campaign-drafts.ts';
import {
  type Preview,
  type PreviewSubject,
  previewEnrollment,
} from '../../../usecases/enrollment/enrollment-setup.ts';
import { listReferrals } from '../../../usecases/program/referrals.ts';
import { listReferrers } from '../../../usecases/program/referrers.ts';
import { type Html, html } from '../../html.ts';
import type { PageContext } from '../console.ts';
import { selectField, textField } from '../fields.ts';
import { pageAt } from '../lists.ts';
import { table } from '../parts.ts';
import { date, dateTime } from '../words.ts';

const offered = 25;

type Wanted = {
  standing: PlannedCampaign;
  side: SideName;
  path: string;
  query: { preview?: string | undefined; email?: string | undefined; name?: string | undefined };
};

export async function previewSection(context: PageContext, wanted: Wanted): Promise<Html> {
  const { standing, side, path, query } = wanted;
  const people = await latestOf(context, wanted);
  const chosen = query.preview ?? people[0]?.id ?? 'example';
  const shown = query.preview === undefined ? null : await previewed(context, wanted);
  return html`<section id="preview"><h2>Preview</h2>
<p class="hint">The contact that these settings create${standing.draft !== null && ', unpublished changes included'}. Nothing is sent.</p>
<form method="get" action="${path}#preview" class="filters">
${selectField({
  name: 'preview',
  label: side === 'leads' ? 'Lead' : 'Referrer',
  value: chosen,
  options: [
    ...people.map(({ id, name, email, externalId }) => [id, name ?? email ?? externalId ?? id] as const),
    ['example', 'An example'],
  ],
})}
${textField({ name: 'email', scope: 'preview', label: 'Example email', value: query.email ?? 'dana@example.com' })}
${textField({ name: 'name', scope: 'preview', label: 'Example name', value: query.name ?? 'Dana Reed' })}
<button>Preview</button></form>
${shown}</section>`;
}

async function latestOf({ ctx, workspaceId }: PageContext, { standing, side }: Wanted): Promise<Person[]> {
  const list = side === 'leads' ? listReferrals : listReferrers;
  const filter = { campaignId: standing.campaign.id };
  const { items } = await list(ctx, workspaceId, filter, pageAt(undefined, offered));
  return items.map(({ person }) => person);
}

async function previewed(
  { ctx, workspaceId, timeZone }: PageContext,
  { standing, side, query }: Wanted,
): Promise<Html> {
  const { preview = 'example', email = '', name = '' } = query;
  const person = { email: tidy(email) || null, name: tidy(name) || null, externalId: null };
  const subject: PreviewSubject =
    preview === 'example' ? { side, person, extra: {} } : { personId: preview, side };
  try {
    const campaign = { ...standing.campaign, settings: standing.plan.settings };
    return previewTable(await previewEnrollment(ctx, workspaceId, campaign, subject), timeZone);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return html`<p class="notice bad">${error.message}</p>`;
  }
}

function previewTable({ contact, rows, dates, problem }: Preview, timeZone: string): Html {
  const shown = rows.map(
    ({ row, value, why }) => html`<th scope="row">${targetLabel(row.to)}</th>
<td>${value === null ? html`<span class="quiet">left out</span>` : dates.includes(row.to) ? dateWords(row.to, Number(value), timeZone) : String(value)}</td><td>${why}</td>`,
  );
  return html`${
    problem === null
      ? html`<p class="notice good">Creates a ${contact.role} with these fields, unless the contact exists.</p>`
      : html`<p class="notice fair">${problem}</p>`
  }
${rows.length > 0 && table(['Field in Intercom', 'Value', 'Note'], shown)}`;
}

/** Intercom takes dates as Unix seconds, and a custom date without a time as the start of its day in UTC. */
function dateWords(to: string, seconds: number, timeZone: string): Html {
  const at = new Date(seconds * 1000);
  const isDay = customName(to) !== null && at.getTime() % dayMs === 0;
  return isDay ? date(at, 'UTC') : dateTime(at, timeZone);
}
