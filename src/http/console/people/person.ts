// One person: both sides, the match, the decisions with their reasons, the history, and the possible actions.

import { doubtWords } from '../../../domain/program/doubt.ts';
import type { LoggedRun } from '../../../domain/runs/run.ts';
import {
  type PersonEnrollment,
  type PersonPage,
  type PersonReferral,
  type PersonReferrer,
  readPerson,
  type ShownDecision,
} from '../../../usecases/people/person-page.ts';
import { type Html, html } from '../../html.ts';
import { stateBadge } from '../campaigns/campaign-frame.ts';
import { type ConsolePage, type PageContext, page, withId } from '../console.ts';
import { address } from '../lists.ts';
import { badge, table } from '../parts.ts';
import {
  actorText,
  eventText,
  nameOf,
  personLink,
  rewardText,
  sourceWords,
  statusBadge,
} from '../program/referral-words.ts';
import { runColumns, runRow } from '../runs/run-words.ts';
import { count, date, dateTime } from '../words.ts';
import { changeLabels } from './person-changes.ts';
import { creditSection } from './person-credit.ts';

export const personPages: ConsolePage[] = [
  page('/people/:id', {
    title: 'Person',
    needs: 'viewer',
    params: withId,
    async show(context) {
      const { ctx, workspaceId, timeZone, visitor, params } = context;
      const shown = await readPerson(ctx, workspaceId, visitor, params.id);
      return {
        title: nameOf(shown.person),
        body: html`<p><a href="/console/people">All people</a></p>
<div class="grid wide">${referralSide(shown, timeZone)}${intercomSide(shown, context)}</div>
${shown.referrals.map((shownReferral) => referral(shownReferral, shown, context))}
${creditSection(shown.credit, timeZone)}
${shown.referrers.map((shownReferrer) => referrer(shownReferrer, timeZone, ctx.now()))}
${shown.enrollments.length > 0 && enrollments(shown.enrollments, timeZone)}
${runs(shown.runs, shown.person.id, timeZone)}`,
      };
    },
  }),
];

function referralSide({ person, referrals, referrers }: PersonPage, timeZone: string): Html {
  return html`<section>
<h2>In the referral program</h2>
<dl>
<dt>Name</dt><dd><bdi>${person.name ?? '—'}</bdi></dd>
<dt>Email</dt><dd>${person.email ?? '—'}</dd>
<dt>External ID</dt><dd>${person.externalId ?? '—'}</dd>
<dt>Added</dt><dd>${date(person.createdAt, timeZone)}</dd>
<dt>Referred in</dt><dd>${referrals.map(({ campaign }) => campaign.name).join(', ') || '—'}</dd>
<dt>Referrer in</dt><dd>${referrers.map(({ campaign }) => campaign.name).join(', ') || '—'}</dd>
</dl>
</section>`;
}

function intercomSide(shown: PersonPage, { timeZone, isAdministrator }: PageContext): Html {
  const { person, contact, contactUrl, matched, alsoThisContact } = shown;
  // For an unlinked person, ask Intercom for the lead.
  const known = contactUrl !== null || person.email !== null;
  const convertible = known && contact?.role !== 'user' && !contact?.deletedAt;
  return html`<section>
<h2>In Intercom</h2>
<p>${matched}</p>
${contactUrl !== null && html`<p><a href="${contactUrl}">Open the contact in Intercom</a></p>`}
${contact && contactFacts(shown, timeZone)}
${
  alsoThisContact.length > 0 &&
  html`<p>The same contact: ${alsoThisContact.map((other, at) => html`${at > 0 && ', '}${personLink(other)}`)}</p>`
}
${convertible && isAdministrator && html`<p><a class="button" href="/console/people/${person.id}/convert">Convert to user</a></p>`}
</section>`;
}

function contactFacts({ contact, person }: PersonPage, timeZone: string): Html | null {
  if (!contact) return null;
  const values = Object.entries(contact.values).filter(([name]) => name !== 'role');
  return html`<dl>
<dt>Contact ID</dt><dd><code>${person.contactId}</code></dd>
<dt>Role</dt><dd>${contact.role ?? '—'}${contact.archived && html` ${badge('fair', 'archived')}`}</dd>
${values.map(([name, value]) => html`<dt>${name.replace('custom_attributes.', '')}</dt><dd><bdi>${valueText(value)}</bdi></dd>`)}
</dl>
<p class="hint">Attributes used by rules and mappings. Last seen ${dateTime(contact.seenAt, timeZone)}.</p>`;
}

function valueText(value: string | number | boolean | null | readonly string[]): string {
  if (value === null || value === '') return '—';
  return Array.isArray(value) ? value.join(', ') || '—' : String(value);
}

function blockedText({ code, reason }: NonNullable<PersonReferral['blocked']>): Html {
  if (code === 'doubtful') return html`Held for review. ${reason}. <a href="/console/reviews">Reviews</a>`;
  return html`Cannot qualify. ${reason}.`;
}

function referral(
  shownReferral: PersonReferral,
  shown: PersonPage,
  { ctx, timeZone, isAdministrator }: PageContext,
): Html {
  const { blocked } = shownReferral;
  const doubt = doubtWords(shownReferral.hints);
  const reason =
    shownReferral.status === 'pending' && blocked === null
      ? (shownReferral.explanation ?? shownReferral.statusReason)
      : shownReferral.statusReason;
  return html`<section>
<div class="row apart"><h2>Referred in <a href="/console/campaigns/${shownReferral.campaign.id}">${shownReferral.campaign.name}</a> ${stateBadge(shownReferral.campaign.standing, ctx.now())}</h2>${statusBadge(shownReferral.status)}</div>
${reason !== null && html`<p>${reason}</p>`}
${blocked !== null && html`<p class="notice">${blockedText(blocked)}</p>`}
${blocked?.code !== 'doubtful' && doubt !== null && html`<p class="notice">${doubt}.</p>`}
${(blocked === null ? shownReferral.holds : []).map((hold) => html`<p class="notice">Rule ${hold.rule ?? '(deleted)'} is met. It must stay met until ${dateTime(hold.dueAt, timeZone)}.</p>`)}
${shownReferral.localOnly && html`<p class="notice">The referral platform cannot store this status, so it is kept in Referral Desk only.</p>`}
<dl>
<dt>Referred by</dt><dd>${shownReferral.referrer ? personLink({ id: shownReferral.referrer.personId, ...shownReferral.referrer }) : 'No referrer'}</dd>
<dt>Joined</dt><dd>${date(shownReferral.joinedAt, timeZone)}, ${sourceWords[shownReferral.source]}</dd>
<dt>Status since</dt><dd>${dateTime(shownReferral.statusAt, timeZone)}</dd>
${rewards(shownReferral, timeZone)}
${shownReferral.saleValue !== null && html`<dt>Sale value</dt><dd>${shownReferral.saleValue}</dd>`}
${shownReferral.copiedAt && html`<dt>Copied</dt><dd>${dateTime(shownReferral.copiedAt, timeZone)} , from the platform${shownReferral.platformUrl !== null && html`, <a href="${shownReferral.platformUrl}">open on the platform</a>`}</dd>`}
</dl>
${isAdministrator && buttons(shownReferral, shown)}
${history(shownReferral, timeZone)}
${decisions(shownReferral.decisions, timeZone)}
</section>`;
}

const rewardNames = { referrer: 'Referrer reward', friend: 'Friend reward' } as const;

function rewards({ rewards: shownHere, campaign }: PersonReferral, timeZone: string): Html {
  if (shownHere.length === 0) return html`<dt>Reward</dt><dd>None</dd>`;
  const list = `/console/rewards?campaign=${campaign.id}&status=all`;
  return html`${shownHere.map(
    (reward) => html`<dt>${rewardNames[reward.recipient]}</dt><dd>${
      reward.status === 'none' ? rewardText(reward) : html`<a href="${list}">${rewardText(reward)}</a>`
    }${reward.since && html`, ${date(reward.since, timeZone)}`}${reward.by !== null && html` by ${reward.by}`}
${reward.note !== null && html`<br><span class="quiet">${reward.note}</span>`}</dd>`,
  )}`;
}

function buttons(shownReferral: PersonReferral, { person, offered }: PersonPage): Html | null {
  const changes = offered[shownReferral.id] ?? [];
  if (changes.length === 0) return null;
  return html`<p class="row">${changes.map(
    (change) =>
      html`<a class="button" href="/console/people/${person.id}/referrals/${shownReferral.id}/${change}">${changeLabels[change]}</a>`,
  )}</p>`;
}

function history({ history: entries }: PersonReferral, timeZone: string): Html {
  const rows = entries.map(
    (entry) => html`<td>${dateTime(entry.at, timeZone)}</td>
<td>${eventText(entry)}</td>
<td>${actorText(entry.actor)}</td>
<td>${entry.reason}</td>`,
  );
  return html`<details open><summary>History</summary>
${table(['When', 'What', 'Who', 'Why'], rows)}</details>`;
}

const outcomes = {
  met: badge('good', 'Met'),
  holding: badge('fair', 'Met, waiting'),
  blocked: badge('fair', 'Met, blocked'),
  'not-met': badge('plain', 'Not met'),
  stopped: badge('plain', 'No longer met'),
};

function decisions(all: readonly ShownDecision[], timeZone: string): Html | null {
  if (all.length === 0) return null;
  const rows = all.map(
    (decision) => html`<td>${dateTime(decision.at, timeZone)}</td>
<td>${decision.rule ?? 'Deleted rule'} <span class="quiet">version ${decision.ruleVersion}</span></td>
<td>${outcomes[decision.outcome]}</td>
<td>${decision.explanation}${reasons(decision)}
${decision.deliveryId !== null && html`<a href="/console/run-log/deliveries/${decision.deliveryId}">View delivery</a>`}</td>`,
  );
  return html`<details><summary>Rule decisions (${count(all.length)})</summary>
${table(['When', 'Rule', 'Outcome', 'Why'], rows)}</details>`;
}

function reasons({ reasons: all }: ShownDecision): Html {
  return html`<ul class="reasons">${all.map(
    ({ wanted, seen: was, met }) =>
      html`<li>${met ? badge('good', 'met') : badge('plain', 'not met')} needs ${wanted}; ${was}</li>`,
  )}</ul>`;
}

function referrer(shownReferrer: PersonReferrer, timeZone: string, now: Date): Html {
  const rows = shownReferrer.latest.map(
    (other) => html`<th scope="row">${personLink({ id: other.personId, ...other })}</th>
<td>${statusBadge(other.status)}</td>
<td>${date(other.joinedAt, timeZone)}</td>`,
  );
  const { referred, ...byStatus } = shownReferrer.counts;
  const parts = Object.entries(byStatus).filter(([, number]) => number > 0);
  return html`<section>
<h2>Referrer in <a href="/console/campaigns/${shownReferrer.campaign.id}">${shownReferrer.campaign.name}</a> ${stateBadge(shownReferrer.campaign.standing, now)}</h2>
<dl>
<dt>Share link</dt><dd><a href="${shownReferrer.link}">${shownReferrer.link}</a></dd>
<dt>Since</dt><dd>${date(shownReferrer.joinedAt, timeZone)}</dd>
<dt>Referrals</dt><dd>${count(referred)}${parts.length > 0 && `: ${parts.map(([status, number]) => `${count(number)} ${status}`).join(', ')}`}</dd>
</dl>
${rows.length > 0 && table(['Who', 'Status', 'Joined'], rows, 'Latest referrals')}
</section>`;
}

const enrollmentStates = {
  'setup-required': badge('fair', 'Setup required'),
  planned: badge('plain', 'In progress'),
  done: badge('good', 'Done'),
  skipped: badge('plain', 'Not needed'),
  review: badge('fair', 'In review'),
  failed: badge('bad', 'Failed'),
};

function enrollments(all: readonly PersonEnrollment[], timeZone: string): Html {
  const rows = all.map(
    ({ campaign, side, state, outcome, changedAt }) => html`<th scope="row">${campaign}</th>
<td>${side === 'leads' ? 'as a lead' : 'as a referrer'}</td>
<td>${enrollmentStates[state]}</td>
<td>${outcome}</td>
<td>${dateTime(changedAt, timeZone)}</td>`,
  );
  return html`<section><h2>Enrollments</h2>
${table(['Campaign', 'Joined', 'State', 'Outcome', 'When'], rows)}</section>`;
}

function runs(all: readonly LoggedRun[], personId: string, timeZone: string): Html {
  return html`<section id="runs" data-live="5"><div class="row apart"><h2>Latest runs</h2>
<a href="${address('/run-log', { who: personId })}">All runs of this person</a></div>
${
  all.length === 0
    ? html`<p class="quiet">No runs for this person yet.</p>`
    : table(
        runColumns,
        all.map((run) => runRow(run, timeZone)),
      )
}</section>`;
}
