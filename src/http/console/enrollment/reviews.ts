// Review queue: possible duplicates and doubtful referrals, side by side, decided by a person once.
import { z } from 'zod';
import { contactUse } from '../../../domain/contacts/contact-draft.ts';
import type { ReviewDecision } from '../../../domain/enrollment/enrollment.ts';
import { doubtWords } from '../../../domain/program/doubt.ts';
import {
  type DoubtReview,
  type DuplicateReview,
  decideReview,
  listReviews,
  type Review,
  type ReviewCandidate,
  readReview,
} from '../../../usecases/enrollment/reviews.ts';
import { countReviews } from '../../../usecases/people/overview.ts';
import { paged } from '../../api/schemas.ts';
import { type Content, type Html, html } from '../../html.ts';
import { type ConsolePage, form, type PageContext, page, withId } from '../console.ts';
import { empty, pageAt, pageLinks } from '../lists.ts';
import { badge, table, tabs } from '../parts.ts';
import { nameOf, personLink } from '../program/referral-words.ts';
import { date, dateTime } from '../words.ts';

const path = '/reviews';

/** A button sends a use and a contact's id, or that no candidate matches. */
const decisionGiven = z.string().transform((given, context): ReviewDecision => {
  const [how = '', use = ''] = given.split(' ', 2);
  if (how === 'create') return { create: true };
  if (how === 'skip') return { skip: true };
  if (how === 'qualify') return { qualify: true };
  if (how === 'disqualify') return { disqualify: true };
  const known = contactUse.safeParse(how);
  if (known.success && use !== '') return { use, how: known.data };
  context.addIssue({ code: 'custom', message: 'is none of the choices' });
  return z.NEVER;
});

export const reviewPages: ConsolePage[] = [
  page(path, {
    title: 'Reviews',
    nav: 'Reviews',
    navCount: countReviews,
    needs: 'viewer',
    query: z.object({ state: z.enum(['decided']).optional(), cursor: paged.cursor }),
    async show({ ctx, workspaceId, timeZone, query: { state, cursor } }) {
      const isOpen = state === undefined;
      const { items, next } = await listReviews(ctx, workspaceId, { open: isOpen }, pageAt(cursor));
      const links = [
        { href: `/console${path}`, label: 'Open', isCurrent: isOpen },
        { href: `/console${path}?state=decided`, label: 'Decided', isCurrent: !isOpen },
      ];
      return html`${tabs('Reviews', links)}
<section>
<div id="reviews" data-live="10">${items.length === 0 ? nothing(!isOpen) : reviewTable(items, timeZone)}</div>
${pageLinks(path, { state }, cursor, next)}
</section>`;
    },
  }),
  page(`${path}/:id`, {
    title: 'Review',
    needs: 'viewer',
    params: withId,
    async show(context) {
      const { ctx, workspaceId, params } = context;
      const review = await readReview(ctx, workspaceId, params.id);
      if (review.kind === 'doubtful_referral') {
        return { title: `Does ${nameOf(review.person)} count?`, body: doubtPage(review, context) };
      }
      return {
        title: `Is it ${review.person.name ?? review.person.email ?? 'the same person'}?`,
        body: sideBySide(review, context),
      };
    },
  }),
  form(`${path}/:id/decide`, {
    title: 'Review',
    needs: 'administrator',
    params: withId,
    body: z.object({ decision: decisionGiven }),
    async act({ ctx, workspaceId, actor, params: { id }, body: { decision } }) {
      await decideReview(ctx, workspaceId, id, decision, actor);
      return { to: `/console${path}`, flash: 'Decided.' };
    },
  }),
];

const nothing = (decided: boolean) =>
  decided
    ? empty(html`No decisions yet.`)
    : empty(
        html`Nothing to review. Possible duplicates wait here if the campaign’s settings ask for it (<a href="/console/campaigns">Campaigns</a>). Doubtful referrals wait here if they are held (<a href="/console/settings">Settings</a>).`,
      );

function reviewTable(reviews: readonly Review[], timeZone: string): Html {
  return table(
    ['Who joined', 'Campaign', 'Question', 'Reason', 'Since', 'Decision'],
    reviews.map(
      (
        review,
      ) => html`<th scope="row"><a href="/console/reviews/${review.id}"><bdi>${review.person.name ?? review.person.email ?? 'No name'}</bdi></a></th>
<td>${review.campaign.name}</td>
<td>${review.kind === 'duplicate' ? 'Possible duplicate' : 'Doubtful referral'}</td>
<td>${review.kind === 'duplicate' ? review.why : (doubtWords(review.hints) ?? gone)}</td>
<td>${dateTime(review.askedAt, timeZone)}</td>
<td>${review.decision === null ? badge('fair', 'Open') : decisionText(review)}</td>`,
    ),
    'Newest first',
  );
}

function decisionText({ decision, decidedBy }: Review): Html {
  const by = html` <span class="quiet">by ${decidedBy?.name ?? 'a former teammate'}</span>`;
  if (decision === null) return html``;
  if ('qualify' in decision) return html`Qualified anyway${by}`;
  if ('disqualify' in decision) return html`Disqualified${by}`;
  if ('skip' in decision) return html`No contact created${by}`;
  if ('create' in decision) return html`Created a new contact${by}`;
  return html`Used <code>${decision.use}</code>${by}`;
}

function sideBySide(review: DuplicateReview, context: PageContext): Html {
  const { csrf, timeZone, isAdministrator } = context;
  const { candidates, person, campaign } = review;
  const links = candidates.map(({ id }, at) => contactLink(id, at, context));
  return html`<p><a href="/console/reviews">All reviews</a></p>
<section>
<p>${review.why}</p>
<p>${personLink(person)} joined ${campaign.name} as a ${review.side === 'leads' ? 'referred person' : 'referrer'}, ${dateTime(review.askedAt, timeZone)}.</p>
${review.decision !== null && html`<p class="notice good">${decisionText(review)}, ${review.decidedAt && dateTime(review.decidedAt, timeZone)}</p>`}
${table(['', 'Joined', ...links], comparedRows(review, timeZone), 'Both records side by side')}
${review.decision === null && isAdministrator && choices(review, csrf)}
</section>`;
}

function contactLink(id: string, at: number, { ctx, workspaceId, visitor }: PageContext): Html {
  const url = ctx.hosts.contact(visitor.region, workspaceId, id);
  return html`<a href="${url}">Contact ${at + 1}</a> <code>${id}</code>`;
}

function comparedRows({ draft, candidates }: DuplicateReview, timeZone: string): Html[] {
  const beginning = (name: string, joined: string | undefined) =>
    html`<th scope="row">${name}</th><td><bdi>${joined ?? '—'}</bdi></td>`;
  const row = (name: string, joined: string | undefined, textIn: (from: ReviewCandidate) => string | null) =>
    html`${beginning(name, joined)}${candidates.map((candidate) => html`<td><bdi>${textIn(candidate) ?? '—'}</bdi></td>`)}`;
  // A field that the search does not return is unknown, not empty.
  const unknown = (name: string, joined: string | undefined) =>
    html`${beginning(name, joined)}${candidates.map(() => html`<td class="quiet">see Intercom</td>`)}`;
  const ofCandidates = (name: string, cell: (candidate: ReviewCandidate) => Content) =>
    html`<th scope="row">${name}</th><td>—</td>${candidates.map((candidate) => html`<td>${cell(candidate)}</td>`)}`;
  return [
    row('Name', draft.name, ({ name }) => name),
    row('Email', draft.email, ({ email }) => email),
    row('External ID', draft.externalId, ({ externalId }) => externalId),
    ...(draft.phone === undefined ? [] : [unknown('Phone', draft.phone)]),
    row('Role', draft.role, ({ role }) => role),
    ofCandidates('Last active', ({ lastActiveAt }) => (lastActiveAt ? date(lastActiveAt, timeZone) : '—')),
    ofCandidates(
      'Found by',
      ({ by, archived }) => html`${by.replace('_', ' ')} ${archived && badge('fair', 'archived')}`,
    ),
    ...Object.entries(draft.customAttributes).map(([name, value]) =>
      unknown(name, value === null ? undefined : String(value)),
    ),
  ];
}

function choices({ id, candidates }: DuplicateReview, csrf: Html): Html {
  const press = (value: string, label: string, style = '') =>
    html`<button name="decision" value="${value}" class="${style}">${label}</button>`;
  return html`<form method="post" action="/console/reviews/${id}/decide">${csrf}
${candidates.map(
  (
    { id: contactId, name, email },
    at,
  ) => html`<fieldset><legend>Contact ${at + 1}: <bdi>${name ?? email ?? contactId}</bdi></legend>
<div class="row">${press(`update ${contactId}`, 'Use and update', 'main')}${press(`fill ${contactId}`, 'Use and fill empty fields')}${press(`link ${contactId}`, 'Link only')}</div></fieldset>`,
)}
<fieldset><legend>No match</legend>
<div class="row">${press('create', 'Create a new contact')}${press('skip', 'Don’t create a contact')}</div></fieldset>
</form>`;
}

const gone = 'No longer doubtful: the two no longer look alike';

function doubtPage(review: DoubtReview, { csrf, timeZone, isAdministrator }: PageContext): Html {
  const { person, referrer, campaign, hints } = review;
  const row = (name: string, of: 'name' | 'email') =>
    html`<th scope="row">${name}</th><td><bdi>${person[of] ?? '—'}</bdi></td><td><bdi>${referrer?.[of] ?? '—'}</bdi></td>`;
  const links = [
    html`Friend: ${personLink(person)}`,
    referrer ? html`Referrer: ${personLink(referrer)}` : 'No referrer',
  ];
  return html`<p><a href="/console/reviews">All reviews</a></p>
<section>
<p>${personLink(person)} would qualify in <a href="/console/campaigns/${campaign.id}">${campaign.name}</a>, and has been held since ${dateTime(review.askedAt, timeZone)}.</p>
<p class="notice">${doubtWords(hints) ?? gone}.</p>
${review.decision !== null && html`<p class="notice good">${decisionText(review)}, ${review.decidedAt && dateTime(review.decidedAt, timeZone)}</p>`}
${table(['', ...links], [row('Name', 'name'), row('Email', 'email')], 'Both records in the program')}
${review.decision === null && isAdministrator && doubtChoices(review.id, csrf)}
</section>`;
}

function doubtChoices(id: string, csrf: Html): Html {
  return html`<form method="post" action="/console/reviews/${id}/decide">${csrf}
<p class="hint">The same hints do not hold this referral again.</p>
<div class="row"><button name="decision" value="qualify" class="main">Qualify anyway</button><button name="decision" value="disqualify">Disqualify</button></div>
</form>`;
}
