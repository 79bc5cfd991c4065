// Review queue: possible duplicates and doubtful referrals, side by side, decided by a person once.
import { z } from 'zod';
import { type ContactUse, contactUse } from '../../../domain/contacts/contact-draft.ts';
import type { ReviewDecision } from '../../../domain/enrollment/enrollment.ts';
import type { ReviewRecord } from '../../../domain/enrollment/review-record.ts';
import { doubtWords } from '../../../domain/program/doubt.ts';
import { Failure } from '../../../failure.ts';
import {
  type DoubtReview,
  type DuplicateReview,
  decideReview,
  listReviews,
  type MissingReview,
  type Review,
  readReview,
  readReviewRecords,
} from '../../../usecases/enrollment/reviews.ts';
import { found } from '../../../usecases/found.ts';
import { countReviews } from '../../../usecases/people/overview.ts';
import { paged } from '../../api/schemas.ts';
import { type Html, html } from '../../html.ts';
import { type ConsolePage, form, type PageContext, page, withId } from '../console.ts';
import { optionsOf, textField } from '../fields.ts';
import { empty, pageAt, pageLinks } from '../lists.ts';
import { badge, table, tabs } from '../parts.ts';
import { nameOf, personLink } from '../program/referral-words.ts';
import { dateTime } from '../words.ts';
import { doubtRecords, duplicateRecords } from './review-records.ts';

const path = '/reviews';

/** A button sends a use and a contact's id, or that no candidate matches. */
const decisionGiven = z.string().transform((given, context): ReviewDecision => {
  const [how = '', use = ''] = given.split(' ', 2);
  if (how === 'create') return { create: true };
  if (how === 'skip') return { skip: true };
  if (how === 'qualify') return { qualify: true };
  if (how === 'disqualify') return { disqualify: true };
  if (how === 'add') return { add: true };
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
      const records = await readReviewRecords(ctx, workspaceId, review);
      if (review.kind === 'doubtful_referral') {
        return { title: `Does ${nameOf(review.person)} count?`, body: doubtPage(review, records, context) };
      }
      if (review.kind === 'missing_referral')
        return {
          title: `Is a referral of ${nameOf(review.person)} missing?`,
          body: missingPage(review, context),
        };
      return {
        title: `Is it ${review.person.name ?? review.person.email ?? 'the same person'}?`,
        body: duplicatePage(review, records, context),
      };
    },
  }),
  page(`${path}/:id/confirm`, {
    title: 'Review',
    needs: 'administrator',
    params: withId,
    query: z.object({ decision: z.string() }),
    async show({ ctx, workspaceId, csrf, params, query: { decision: given } }) {
      const review = await readReview(ctx, workspaceId, params.id);
      const decision = decisionGiven.safeParse(given).data;
      if (review.kind !== 'duplicate' || review.decision !== null || decision === undefined)
        throw new Failure('not-found', 'There is nothing left to confirm.');
      return confirmPage(review, decision, given, csrf);
    },
  }),
  form(`${path}/:id/decide`, {
    title: 'Review',
    needs: 'administrator',
    params: withId,
    body: z.object({ decision: decisionGiven, friend_email: z.string().trim().max(320).optional() }),
    async act({ ctx, workspaceId, actor, params: { id }, body: { decision, friend_email } }) {
      await decideReview(ctx, workspaceId, id, decision, actor, { friendEmail: friend_email || null });
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
<td>${kindWords[review.kind]}</td>
<td>${review.kind === 'doubtful_referral' ? (doubtWords(review.hints) ?? gone) : review.why}</td>
<td>${dateTime(review.askedAt, timeZone)}</td>
<td>${review.decision === null ? badge('fair', 'Open') : decisionText(review)}</td>`,
    ),
    'Newest first',
  );
}

const kindWords = {
  duplicate: 'Possible duplicate',
  doubtful_referral: 'Doubtful referral',
  missing_referral: 'Missing referral',
} as const;

function decisionText({ kind, decision, decidedBy }: Review): Html {
  const by = html` <span class="quiet">by ${decidedBy?.name ?? 'a former teammate'}</span>`;
  if (decision === null) return html``;
  if ('qualify' in decision) return html`Qualified anyway${by}`;
  if ('disqualify' in decision) return html`Disqualified${by}`;
  if ('add' in decision) return html`Referral added${by}`;
  if ('skip' in decision)
    return html`${kind === 'missing_referral' ? 'No referral added' : 'No contact created'}${by}`;
  if ('create' in decision) return html`Created a new contact${by}`;
  return html`Used <code>${decision.use}</code>${by}`;
}

function duplicatePage(
  review: DuplicateReview,
  records: readonly ReviewRecord[],
  context: PageContext,
): Html {
  const { timeZone, isAdministrator } = context;
  const { person, campaign } = review;
  return html`<p><a href="/console/reviews">All reviews</a></p>
<section>
<p>${review.why}</p>
<p>${personLink(person)} joined ${campaign.name} as a ${review.side === 'leads' ? 'referred person' : 'referrer'}, ${dateTime(review.askedAt, timeZone)}.</p>
${review.decision !== null && html`<p class="notice good">${decisionText(review)}, ${review.decidedAt && dateTime(review.decidedAt, timeZone)}</p>`}
${duplicateRecords(review, records, context)}
${review.decision === null && isAdministrator && choices(review)}
</section>`;
}

const uses: Record<ContactUse, string> = {
  fill: 'Fill its empty fields',
  update: 'Overwrite its fields',
  link: 'Change nothing, only link',
};

/** Each leads to a page that confirms it. */
function choices({ id, candidates }: DuplicateReview): Html {
  const action = `/console/reviews/${id}/confirm`;
  return html`${candidates.map(
    ({ id: contactId, name, email }, at) => html`<form action="${action}" class="row">
<label for="f-use-${at}">Contact ${at + 1}: <bdi>${name ?? email ?? contactId}</bdi></label>
<select id="f-use-${at}" name="decision">${optionsOf(
      contactUses.map((use) => [`${use} ${contactId}`, uses[use]] as const),
      undefined,
    )}</select><button class="main">Same person</button></form>`,
  )}
<form action="${action}" class="row"><span>${candidates.length === 1 ? 'Another person' : 'None of them'}:</span>
<button name="decision" value="create">Create a new contact</button><button name="decision" value="skip">Don’t create a contact</button></form>`;
}

const contactUses = Object.keys(uses) as ContactUse[];

type Confirmation = { title: string; effect: string; label: string };

/** Of a possible duplicate; null for a contact that is not a candidate. */
function confirmationOf({ candidates }: DuplicateReview, decision: ReviewDecision): Confirmation | null {
  if ('create' in decision)
    return {
      title: 'Create a new contact?',
      effect: 'The contacts above stay as they are. A new contact cannot be taken back here.',
      label: 'Create a new contact',
    };
  if ('skip' in decision)
    return {
      title: 'Create no contact?',
      effect: 'The person stays in the program without a contact. You are not asked again.',
      label: 'Don’t create a contact',
    };
  const chosen = 'use' in decision ? candidates.find(({ id }) => id === decision.use) : undefined;
  if (chosen === undefined || !('use' in decision)) return null;
  const name = chosen.name ?? chosen.email ?? chosen.id;
  const effects: Record<ContactUse, string> = {
    fill: 'Empty fields get what was given on joining. What it has stays.',
    update: 'What was given on joining replaces what it has. The former values are lost.',
    link: 'The person is linked to it. Nothing is written.',
  };
  return { title: `Use ${name}?`, effect: effects[decision.how], label: uses[decision.how] };
}

function confirmPage(
  review: DuplicateReview,
  decision: ReviewDecision,
  given: string,
  csrf: Html,
): { title: string; body: Html } {
  const asked = found(confirmationOf(review, decision), 'contact');
  return {
    title: asked.title,
    body: html`<section><p>${asked.effect}</p>
<form method="post" action="/console/reviews/${review.id}/decide">${csrf}<input type="hidden" name="decision" value="${given}">
<div class="row"><button class="main">${asked.label}</button><a href="/console/reviews/${review.id}">Cancel</a></div></form></section>`,
  };
}

const gone = 'No longer doubtful: the two no longer look alike';

function doubtPage(review: DoubtReview, records: readonly ReviewRecord[], context: PageContext): Html {
  const { csrf, timeZone, isAdministrator } = context;
  const { person, campaign, hints } = review;
  return html`<p><a href="/console/reviews">All reviews</a></p>
<section>
<p>${personLink(person)} would qualify in <a href="/console/campaigns/${campaign.id}">${campaign.name}</a>, and has been held since ${dateTime(review.askedAt, timeZone)}.</p>
<p class="notice">${doubtWords(hints) ?? gone}.</p>
${review.decision !== null && html`<p class="notice good">${decisionText(review)}, ${review.decidedAt && dateTime(review.decidedAt, timeZone)}</p>`}
${doubtRecords(review, records, context)}
${review.decision === null && isAdministrator && doubtChoices(review.id, csrf)}
</section>`;
}

function doubtChoices(id: string, csrf: Html): Html {
  return html`<form method="post" action="/console/reviews/${id}/decide">${csrf}
<p class="hint">The same hints do not hold this referral again.</p>
<div class="row"><button name="decision" value="qualify" class="main">Qualify anyway</button><button name="decision" value="disqualify">Disqualify</button></div>
</form>`;
}

function missingPage(review: MissingReview, context: PageContext): Html {
  const { csrf, timeZone, isAdministrator } = context;
  const { id, person, campaign, friendEmail, said, decision, decidedAt } = review;
  return html`<p><a href="/console/reviews">All reviews</a></p>
<section>
<p>${personLink(person)} told Fin on ${dateTime(review.askedAt, timeZone)} that a referral is missing in <a href="/console/campaigns/${campaign.id}">${campaign.name}</a>.</p>
${said === null ? html`<p class="quiet">They gave no details.</p>` : html`<blockquote><bdi>${said}</bdi></blockquote>`}
${decision !== null && html`<p class="notice good">${decisionText(review)}, ${decidedAt && dateTime(decidedAt, timeZone)}</p>`}
${
  decision === null &&
  isAdministrator &&
  html`<form method="post" action="/console/reviews/${id}/decide">${csrf}
${textField({ name: 'friend_email', label: 'The friend’s email', type: 'email', value: friendEmail, hint: 'As the customer told it. Check it before you add the referral.', more: html` maxlength="320"` })}
<div class="row"><button name="decision" value="add" class="main">Add the referral</button><button name="decision" value="skip">Don’t add it</button></div>
</form>`
}
</section>`;
}
