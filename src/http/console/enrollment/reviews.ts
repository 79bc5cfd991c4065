// Review queue: possible duplicates, side by side, decided by a person once.
import { z } from 'zod';
import type { ReviewDecision } from '../../../domain/enrollment/enrollment.ts';
import { byTeammate } from '../../../domain/workspace/audit.ts';
import { mayDo } from '../../../domain/workspace/teammate.ts';
import {
  decideReview,
  listReviews,
  type Review,
  type ReviewCandidate,
  readReview,
} from '../../../usecases/enrollment/reviews.ts';
import type { Visitor } from '../../../usecases/workspace/sessions.ts';
import { paged } from '../../api/schemas.ts';
import { type Html, html } from '../../html.ts';
import { type ConsolePage, form, none, page, withId } from '../console.ts';
import { empty, pageLinks } from '../lists.ts';
import { badge, table } from '../parts.ts';
import { personLink } from '../program/referral-words.ts';
import { tabs } from '../tabs.ts';
import { date, dateTime } from '../words.ts';

const path = '/reviews';
const onPage = 25;

/** What the buttons of a review send: how the contact is used and its id, or that none of them is. */
const decisionGiven = z.string().transform((given, context): ReviewDecision => {
  const [how = '', use = ''] = given.split(' ', 2);
  if (how === 'create') return { create: true };
  if (how === 'skip') return { skip: true };
  if ((how === 'update' || how === 'fill' || how === 'link') && use !== '') return { use, how };
  context.addIssue({ code: 'custom', message: 'is none of the choices' });
  return z.NEVER;
});

export const reviewPages: ConsolePage[] = [
  page({
    path,
    title: 'Reviews',
    nav: 'Reviews',
    needs: 'viewer',
    params: none,
    query: z.object({ state: z.enum(['decided']).optional(), cursor: paged.cursor }),
    async show({ ctx }, { visitor: { workspaceId, timeZone, role }, query: { state, cursor } }) {
      const page = { limit: onPage, after: cursor ?? null };
      const { items, next } = await listReviews(ctx, workspaceId, { open: state === undefined }, page);
      const here = `/console${path}${state === undefined ? '' : '?state=decided'}`;
      const all = [
        { href: `/console${path}`, label: 'To decide' },
        { href: `/console${path}?state=decided`, label: 'Decided' },
      ];
      return html`${tabs('Reviews', all, here, role)}
<section>
<div id="reviews" data-live="10">${items.length === 0 ? nothing(state !== undefined) : reviewTable(items, timeZone)}</div>
${pageLinks(path, { state }, cursor !== undefined, next)}
</section>`;
    },
  }),
  page({
    path: `${path}/:id`,
    title: 'Review',
    needs: 'viewer',
    params: withId,
    query: none,
    async show({ ctx }, { visitor, csrf, params }) {
      const { workspaceId, region } = visitor;
      const review = await readReview(ctx, workspaceId, params.id);
      const urlOf = (id: string) => ctx.hosts.contact(region, workspaceId, id);
      return {
        title: `Is it ${review.person.name ?? review.person.email ?? 'the same person'}?`,
        body: sideBySide(review, visitor, csrf, urlOf),
      };
    },
  }),
  form({
    path: `${path}/:id/decide`,
    title: 'Review',
    needs: 'administrator',
    params: withId,
    body: z.object({ decision: decisionGiven }),
    async act({ ctx }, { visitor, params: { id }, body: { decision } }) {
      await decideReview(ctx, visitor.workspaceId, id, decision, byTeammate(visitor));
      return { to: `/console${path}`, flash: 'Decided.' };
    },
  }),
];

const nothing = (decided: boolean) =>
  decided
    ? empty(html`Nothing was decided yet.`)
    : empty(
        html`Nothing to decide. Possible duplicates come here where a campaign’s settings say to ask. <a href="/console/campaigns">Campaigns</a>`,
      );

function reviewTable(reviews: readonly Review[], timeZone: string): Html {
  return table(
    ['Who joined', 'Campaign', 'Why it is asked', 'Candidates', 'Asked', 'Decision'],
    reviews.map(
      (
        one,
      ) => html`<th scope="row"><a href="/console/reviews/${one.id}"><bdi>${one.person.name ?? one.person.email ?? 'Somebody'}</bdi></a></th>
<td>${one.campaign.name}</td>
<td>${one.why}</td>
<td>${one.candidates.length}</td>
<td>${dateTime(one.askedAt, timeZone)}</td>
<td>${one.decision === null ? badge('fair', 'Open') : decisionText(one)}</td>`,
    ),
    'Newest first',
  );
}

function decisionText({ decision, decidedBy }: Review): Html {
  const by = html` <span class="quiet">by ${decidedBy?.name ?? 'somebody'}</span>`;
  if (decision === null) return html``;
  if ('skip' in decision) return html`Left${by}`;
  if ('create' in decision) return html`Made a new contact${by}`;
  return html`Used <code>${decision.use}</code>${by}`;
}

function sideBySide(
  review: Review,
  { timeZone, role }: Visitor,
  csrf: Html,
  urlOf: (contactId: string) => string,
): Html {
  const { draft, candidates, person, campaign } = review;
  const mine = (value: string | undefined) => html`<td><bdi>${value ?? '—'}</bdi></td>`;
  const theirs = (of: (one: ReviewCandidate) => string | null) =>
    candidates.map((one) => html`<td><bdi>${of(one) ?? '—'}</bdi></td>`);
  const row = (name: string, own: string | undefined, of: (one: ReviewCandidate) => string | null) =>
    html`<th scope="row">${name}</th>${mine(own)}${theirs(of)}`;
  // What the search does not keep of a candidate is not empty there.
  const elsewhere = candidates.map(() => html`<td class="quiet">see Intercom</td>`);
  const unknown = (name: string, own: string | undefined) =>
    html`<th scope="row">${name}</th>${mine(own)}${elsewhere}`;
  const extra = Object.entries(draft.customAttributes).map(([name, value]) =>
    unknown(name, value === null ? undefined : String(value)),
  );
  const rows = [
    row('Name', draft.name, (one) => one.name),
    row('Email', draft.email, (one) => one.email),
    row('External id', draft.externalId, (one) => one.externalId),
    ...(draft.phone === undefined ? [] : [unknown('Phone', draft.phone)]),
    row('Role', draft.role, (one) => one.role),
    html`<th scope="row">Last active</th><td>—</td>${candidates.map((one) => html`<td>${one.lastActiveAt ? date(one.lastActiveAt, timeZone) : '—'}</td>`)}`,
    html`<th scope="row">Found by</th><td>—</td>${candidates.map((one) => html`<td>${one.by.replace('_', ' ')} ${one.archived && badge('fair', 'archived')}</td>`)}`,
    ...extra,
  ];
  const open = review.decision === null && mayDo(role, 'administrator');
  const columns = [
    '',
    'Joined',
    ...candidates.map(
      (one, at) => html`<a href="${urlOf(one.id)}">Contact ${at + 1}</a> <code>${one.id}</code>`,
    ),
  ];
  return html`<p><a href="/console/reviews">All reviews</a></p>
<section>
<p>${review.why}</p>
<p>${personLink(person)} joined ${campaign.name} as a ${review.side === 'leads' ? 'referred person' : 'referrer'}, ${dateTime(review.askedAt, timeZone)}.</p>
${review.decision !== null && html`<p class="notice good">${decisionText(review)}, ${review.decidedAt && dateTime(review.decidedAt, timeZone)}</p>`}
${table(columns, rows, 'What is known of either, side by side')}
${open && choices(review, csrf)}
</section>`;
}

function choices({ id, candidates }: Review, csrf: Html): Html {
  const press = (value: string, label: string, style = '') =>
    html`<button name="decision" value="${value}" class="${style}">${label}</button>`;
  return html`<form method="post" action="/console/reviews/${id}/decide">${csrf}
${candidates.map(
  (
    one,
    at,
  ) => html`<fieldset><legend>It is contact ${at + 1}: <bdi>${one.name ?? one.email ?? one.id}</bdi></legend>
<div class="row">${press(`update ${one.id}`, 'Update it', 'main')}${press(`fill ${one.id}`, 'Fill only what is empty')}${press(`link ${one.id}`, 'Only link it')}</div></fieldset>`,
)}
<fieldset><legend>It is none of them</legend>
<div class="row">${press('create', 'Make a new contact')}${press('skip', 'Leave it: make nothing')}</div></fieldset>
</form>`;
}
