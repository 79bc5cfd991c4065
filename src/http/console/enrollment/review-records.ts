// Both records of a review side by side: identity, dates, and the referrals of each.
import { programWords, type ReviewRecord } from '../../../domain/enrollment/review-record.ts';
import type { DoubtReview, DuplicateReview } from '../../../usecases/enrollment/reviews.ts';
import { type Content, type Html, html } from '../../html.ts';
import type { PageContext } from '../console.ts';
import { badge, table } from '../parts.ts';
import { personLink } from '../program/referral-words.ts';
import { date } from '../words.ts';

const none = '—';
type Cell = (record: ReviewRecord) => Content;

function rowsOf(records: readonly ReviewRecord[], timeZone: string): Html[] {
  const row = (name: string, cell: Cell) =>
    html`<th scope="row">${name}</th>${records.map((each) => html`<td><bdi>${cell(each) ?? none}</bdi></td>`)}`;
  const at = (moment: Date | null) => (moment === null ? none : date(moment, timeZone));
  return [
    row('Name', ({ name }) => name),
    row('Email', ({ email }) => email),
    row('Phone', ({ phone }) => phone),
    row('External ID', ({ externalId }) => externalId),
    row('Role', ({ role }) => role),
    row('Created', ({ createdAt }) => at(createdAt)),
    row('Last seen', ({ lastSeenAt }) => at(lastSeenAt)),
    row('Referrals', (record) => {
      const words = programWords(record);
      return words.length === 0 ? none : html`${words.map((line) => html`<div>${line}</div>`)}`;
    }),
  ];
}

/** `records` are who joined, then the candidates. */
export function duplicateRecords(
  { draft, candidates }: DuplicateReview,
  records: readonly ReviewRecord[],
  context: PageContext,
): Html {
  const more = (name: string, joined: string, cell: (at: number) => Content) =>
    html`<th scope="row">${name}</th><td><bdi>${joined}</bdi></td>${candidates.map((_, at) => html`<td>${cell(at)}</td>`)}`;
  const foundBy = more('Found by', none, (at) => {
    const candidate = candidates[at];
    return (
      candidate && html`${candidate.by.replace('_', ' ')} ${candidate.archived && badge('fair', 'archived')}`
    );
  });
  // A field that the search does not return is unknown, not empty.
  const written = Object.entries(draft.customAttributes).map(([name, value]) =>
    more(name, value === null ? none : String(value), () => html`<span class="quiet">see Intercom</span>`),
  );
  const links = candidates.map(({ id }, at) => contactLink(id, at, context));
  const rows = [...rowsOf(records, context.timeZone), foundBy, ...written];
  return table(['', 'Joined', ...links], rows, 'Both records side by side');
}

function contactLink(id: string, at: number, { ctx, workspaceId, visitor }: PageContext): Html {
  const url = ctx.hosts.contact(visitor.region, workspaceId, id);
  return html`<a href="${url}">Contact ${at + 1}</a> <code>${id}</code>`;
}

/** `records` are the friend, then the referrer. */
export function doubtRecords(
  { person, referrer }: DoubtReview,
  records: readonly ReviewRecord[],
  { timeZone }: PageContext,
): Html {
  const columns = [
    '',
    html`Friend: ${personLink(person)}`,
    ...(referrer ? [html`Referrer: ${personLink(referrer)}`] : []),
  ];
  return table(columns, rowsOf(records, timeZone), 'Both records side by side');
}
