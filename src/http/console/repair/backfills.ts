// Backfills of existing people, in either direction: counted, confirmed, then done page by page.

import { z } from 'zod';
import { tidy } from '../../../domain/identity.ts';
import type { BackfillCounts, BackfillState, BackfillWanted } from '../../../domain/repair/backfill.ts';
import { capital } from '../../../domain/words.ts';
import { readCampaign } from '../../../usecases/program/campaigns.ts';
import {
  type BackfillChange,
  changeBackfill,
  listBackfills,
  readBackfill,
  type ShownBackfill,
  startBackfill,
} from '../../../usecases/repair/backfill.ts';
import { paged } from '../../api/schemas.ts';
import { type Html, html } from '../../html.ts';
import { type ConsolePage, form, type PageContext, page, ticked, withId } from '../console.ts';
import { bullets, ownWritesNote, wordFor } from '../effect-words.ts';
import { refusal, selectField, textField, tickField } from '../fields.ts';
import { campaignOptions, empty, everyCampaign, pageAt, pageLinks } from '../lists.ts';
import { askedForm, type Badge, badge, buttonForm, table } from '../parts.ts';
import { count, dateTime, duration } from '../words.ts';

const path = '/backfills';

/** Options of one select; `segment` needs an id as well. */
const selections = {
  all: 'all contacts in Intercom',
  leads: 'all leads in Intercom',
  users: 'all users in Intercom',
  segment: 'an Intercom segment',
  'members all': 'everyone in the campaign',
  'members referrals': 'referred people in the campaign',
  'members referrers': 'referrers in the campaign',
} as const;

const memberChoices = {
  'members all': 'all',
  'members referrals': 'referrals',
  'members referrers': 'referrers',
} as const;

const given = z
  .object({
    campaign: z.guid('choose a campaign'),
    group: z.enum([
      'all',
      'leads',
      'users',
      'segment',
      'members all',
      'members referrals',
      'members referrers',
    ]),
    segment: z.string().overwrite(tidy).max(255).default(''),
    ongoing: ticked,
  })
  .refine(({ group, segment }) => group !== 'segment' || segment !== '', {
    path: ['segment'],
    message: 'enter the ID of the segment',
  });

export const backfillPages: ConsolePage[] = [
  page(path, {
    title: 'Backfills',
    tab: { group: 'Imports', label: 'Backfills' },
    needs: 'viewer',
    query: z.object({ cursor: paged.cursor }),
    async show({ ctx, workspaceId, timeZone, isAdministrator, tabs, query: { cursor } }) {
      const { items, next } = await listBackfills(ctx, workspaceId, undefined, pageAt(cursor));
      return html`${tabs}
<section>
<div class="row apart"><h2>Existing people</h2>${isAdministrator && html`<a class="button main" href="/console${path}/new">New backfill</a>`}</div>
<div id="backfills" data-live="5">${items.length === 0 ? nothing : backfillTable(items, timeZone)}</div>
${pageLinks(path, {}, cursor, next)}
</section>`;
    },
  }),
  page(`${path}/new`, {
    title: 'New backfill',
    needs: 'administrator',
    show: newForm,
  }),
  form(path, {
    title: 'New backfill',
    needs: 'administrator',
    body: given,
    async act({ ctx, workspaceId, actor, body }) {
      const request = { campaignId: body.campaign, wanted: wantedBy(body) };
      const { id } = await startBackfill(ctx, workspaceId, request, actor);
      return {
        to: `/console${path}/${id}`,
        flash: 'Counting first. Nothing happens until you confirm.',
      };
    },
    again: newForm,
  }),
  page(`${path}/:id`, {
    title: 'Backfill',
    needs: 'viewer',
    params: withId,
    async show(context) {
      const { ctx, workspaceId, params } = context;
      const backfill = await readBackfill(ctx, workspaceId, params.id);
      const campaign = await readCampaign(ctx, workspaceId, backfill.campaignId);
      return { title: `Backfill of ${campaign.name}`, body: backfillBody(backfill, context) };
    },
  }),
  form(`${path}/:id/:change`, {
    title: 'Backfill',
    needs: 'administrator',
    params: withId.extend({ change: z.enum(['confirm', 'pause', 'resume', 'cancel']) }),
    async act({ ctx, workspaceId, actor, params: { id, change } }) {
      const { state } = await changeBackfill(ctx, workspaceId, id, change, actor);
      return { to: `/console${path}/${id}`, flash: `The backfill is ${states[state][1].toLowerCase()}.` };
    },
  }),
];

function backfillBody(backfill: ShownBackfill, { timeZone, isAdministrator, csrf }: PageContext): Html {
  return html`<p><a href="/console${path}">All backfills</a></p>
<section id="backfill"${isMoving(backfill) && html` data-live="2"`}>
<div class="row apart"><h2>${capital(groupOf(backfill.wanted))}</h2>${badge(...states[backfill.state])}</div>
${progress(backfill)}
${backfill.trouble !== null && html`<p class="notice ${backfill.state === 'failed' ? 'bad' : 'fair'}">${backfill.trouble}</p>`}
${isAdministrator && buttons(backfill, csrf)}
<dl>
<dt>Requested</dt><dd>${dateTime(backfill.createdAt, timeZone)} by ${backfill.requestedBy}</dd>
${backfill.finishedAt && html`<dt>Ended</dt><dd>${dateTime(backfill.finishedAt, timeZone)}</dd>`}
${backfill.nextPassAt && html`<dt>Next check</dt><dd>${dateTime(backfill.nextPassAt, timeZone)}</dd>`}
</dl>
</section>`;
}

function wantedBy({ group, segment, ongoing }: z.output<typeof given>): BackfillWanted {
  switch (group) {
    case 'all':
    case 'leads':
    case 'users':
      return { from: 'intercom', selection: { contacts: group }, ongoing };
    case 'segment':
      return { from: 'intercom', selection: { contacts: 'segment', segment_id: segment }, ongoing };
    case 'members all':
    case 'members referrals':
    case 'members referrers':
      return { from: 'campaign', members: memberChoices[group] };
  }
}

function groupOf(wanted: BackfillWanted): string {
  if (wanted.from === 'campaign') return `${selections[`members ${wanted.members}`]}, into Intercom`;
  const { contacts } = wanted.selection;
  const people = contacts === 'search' ? 'an Intercom search' : selections[contacts];
  return `${people}, as referrers${wanted.ongoing ? ', and new ones later' : ''}`;
}

const states: Record<BackfillState, Badge> = {
  counting: ['plain', 'Counting'],
  counted: ['fair', 'Ready to confirm'],
  running: ['fair', 'Running'],
  paused: ['plain', 'Paused'],
  watching: ['good', 'Watching'],
  done: ['good', 'Done'],
  canceled: ['plain', 'Canceled'],
  failed: ['bad', 'Failed'],
};
const isMoving = ({ state }: ShownBackfill) => state === 'counting' || state === 'running';

const nothing = empty(
  html`No backfills yet. A backfill makes existing Intercom contacts referrers, or creates contacts for the people in a campaign.`,
);

function backfillTable(all: readonly ShownBackfill[], timeZone: string): Html {
  return table(
    ['Who', 'State', 'Checked', 'Requested', 'By'],
    all.map(
      (
        backfill,
      ) => html`<th scope="row"><a href="/console${path}/${backfill.id}">${capital(groupOf(backfill.wanted))}</a></th>
<td>${badge(...states[backfill.state])}</td>
<td>${count(backfill.progress.seen)}${backfill.counted && html` of ${count(backfill.counted.seen)}`}</td>
<td>${dateTime(backfill.createdAt, timeZone)}</td>
<td>${backfill.requestedBy}</td>`,
    ),
    'Newest first',
  );
}

async function newForm({ ctx, workspaceId, csrf, refused }: PageContext): Promise<Html> {
  const campaigns = await everyCampaign(ctx, workspaceId);
  if (campaigns.length === 0)
    return empty(html`No campaigns yet. <a href="/console/campaigns">Create a campaign</a>`);
  return html`<section>
${refusal(refused)}
<form method="post" action="/console${path}">${csrf}
${selectField({
  ...{ name: 'campaign', label: 'Campaign', refused },
  options: campaignOptions(campaigns),
})}
${selectField({
  ...{ name: 'group', label: 'Who', refused },
  hint: 'Intercom contacts become referrers with a share link. People in the campaign become contacts, as its settings say.',
  options: Object.entries(selections).map(([value, label]) => [value, capital(label)] as const),
})}
${textField({ name: 'segment', label: 'Segment ID', hint: 'For a segment only: the last part of its address in Intercom.', refused })}
${tickField({ name: 'ongoing', label: 'Keep adding new matching contacts', refused })}
<p class="quiet">Nothing happens before you confirm. ${ownWritesNote}</p>
<div class="row"><button class="main">Count people</button><a href="/console${path}">Cancel</a></div>
</form>
</section>`;
}

function progress({ state, wanted, counted, progress: done, pace }: ShownBackfill): Html {
  if (state === 'counting') return html`<p>${count(done.seen)} counted so far.</p>`;
  if (!counted) return html``;
  if (state === 'counted') {
    return html`<p><b>${count(counted.added)}</b> of ${count(counted.seen)} would be added.</p>${counts(counted)}${effectOf(wanted, counted)}`;
  }
  return html`<progress max="${Math.max(1, counted.seen)}" value="${Math.min(done.seen, counted.seen)}" aria-label="Checked">${done.seen} of ${counted.seen}</progress>
<p class="quiet">${count(done.seen)} of ${count(counted.seen)} checked${pace ? `, ${count(pace.perMinute)} a minute, about ${duration(pace.secondsLeft)} left` : ''}.</p>
${counts(done)}`;
}

/** Counted by the code that brings them over. */
function effectOf({ from }: BackfillWanted, { added }: BackfillCounts): Html {
  const what =
    from === 'intercom'
      ? html`<b>${count(added)}</b> ${wordFor(added, 'contact becomes a referrer', 'contacts become referrers')} of the campaign, each with a share link.`
      : html`<b>${count(added)}</b> ${wordFor(added, 'person is', 'people are')} found or created in Intercom, as the campaign’s settings say.`;
  return html`<h3>What happens when you confirm</h3>
${bullets([
  what,
  html`<b>0</b> referrals qualify now. ${ownWritesNote}`,
  html`Rewards that become due: <b>none</b>.`,
  html`Written to Intercom: <b>${count(added)}</b> ${wordFor(added, 'contact', 'contacts')}.`,
])}`;
}

const counts = ({ added, existing, skipped }: BackfillCounts) => html`<dl>
<dt>New</dt><dd>${count(added)}</dd>
<dt>Already added</dt><dd>${count(existing)}</dd>
<dt>Skipped</dt><dd>${count(skipped)}</dd>
</dl>`;

function buttons({ id, state, counted }: ShownBackfill, csrf: Html): Html {
  const press = (name: BackfillChange, label: string, style = '') =>
    buttonForm(`/console${path}/${id}/${name}`, csrf, label, { style });
  const ended = state === 'done' || state === 'canceled';
  return html`<div class="row">
${state === 'counted' && press('confirm', `Confirm: add ${count(counted?.added ?? 0)}`, 'main')}
${state === 'running' && press('pause', 'Pause')}
${(state === 'paused' || state === 'failed') && press('resume', state === 'failed' ? 'Try again' : 'Resume', 'main')}
${!ended && askedForm(state === 'watching' ? 'New matching contacts are no longer added. People who were added stay.' : 'People who were added stay. A canceled backfill cannot be resumed: start a new one.', `/console${path}/${id}/cancel`, csrf, state === 'watching' ? 'Stop watching' : 'Cancel backfill', { style: 'danger' })}
</div>`;
}
