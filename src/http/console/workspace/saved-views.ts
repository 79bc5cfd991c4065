// Views of a list under a name: links above the list, a form that saves what is shown, and deleting.
import { z } from 'zod';
import { type SavedView, type ViewedList, viewedLists } from '../../../domain/workspace/saved-view.ts';
import { deleteSavedView, listSavedViews, saveView } from '../../../usecases/workspace/saved-views.ts';
import { text } from '../../api/schemas.ts';
import { type Html, html } from '../../html.ts';
import { type ConsolePage, form, type PageContext, ticked, withId } from '../console.ts';
import { address } from '../lists.ts';
import { askedForm } from '../parts.ts';

const paths: Record<ViewedList, string> = {
  people: '/people',
  referrals: '/people/referrals',
  referrers: '/people/referrers',
  rewards: '/rewards',
};

/** With its filters in order of name: the database keeps no order of them. */
const addressOfView = ({ list, query }: Pick<SavedView, 'list' | 'query'>) =>
  address(paths[list], Object.fromEntries(Object.entries(query).toSorted(([a], [b]) => (a < b ? -1 : 1))));

/** The query of an address, as a form carries it. */
const queryText = z
  .string()
  .max(2_000)
  .transform((given) => Object.fromEntries(new URLSearchParams(given)))
  .refine(
    (query) => !Object.entries(query).flat().join('').includes('\0'),
    'has characters that cannot be stored',
  );

export const savedViewPages: ConsolePage[] = [
  form('/views', {
    title: 'Views',
    needs: 'viewer',
    body: z.object({ list: z.enum(viewedLists), query: queryText, name: text(80), shared: ticked }),
    async act({ ctx, workspaceId, actor, isAdministrator, body: { shared: isShared, ...view } }) {
      const saved = await saveView(ctx, workspaceId, { ...view, isShared }, { actor, isAdministrator });
      return { to: addressOfView(saved), flash: `Saved as “${saved.name}”.` };
    },
  }),
  form('/views/:id/delete', {
    title: 'Views',
    needs: 'viewer',
    params: withId,
    async act({ ctx, workspaceId, actor, isAdministrator, params }) {
      const view = await deleteSavedView(ctx, workspaceId, params.id, { actor, isAdministrator });
      return { to: addressOfView(view), flash: `The view “${view.name}” is deleted.` };
    },
  }),
];

/** Above a list; `shown` is the query of its address, without the place in it. */
export async function viewBar(
  { ctx, workspaceId, visitor, csrf, isAdministrator }: PageContext,
  list: ViewedList,
  shown: Record<string, string | undefined>,
): Promise<Html | null> {
  const query = Object.fromEntries(
    Object.entries(shown).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '',
    ),
  );
  const views = await listSavedViews(ctx, workspaceId, visitor.teammate.id, list);
  const here = addressOfView({ list, query });
  const current = views.find((view) => addressOfView(view) === here);
  const isUsed = Object.keys(query).length > 0;
  if (views.length === 0 && !isUsed) return null;
  const mayDelete = current && (current.teammateId !== null || isAdministrator);
  return html`<div class="views row">${views.length > 0 && html`<span class="quiet">Views</span>`}
${views.map((view) => html`<a href="${addressOfView(view)}"${view === current && html` aria-current="page"`}>${view.name}</a>${view.teammateId === null && html` <span class="quiet">shared</span>`}`)}
${mayDelete && askedForm(current.teammateId === null ? 'All teammates lose this view. The list itself stays.' : 'The list itself stays.', `/console/views/${current.id}/delete`, csrf, 'Delete this view', { style: 'danger' })}
${!current && isUsed && saveForm(list, query, { csrf, isAdministrator })}</div>`;
}

function saveForm(
  list: ViewedList,
  query: Record<string, string>,
  { csrf, isAdministrator }: Pick<PageContext, 'csrf' | 'isAdministrator'>,
): Html {
  return html`<details><summary>Save this view</summary>
<form method="post" action="/console/views" class="row">${csrf}
<input type="hidden" name="list" value="${list}"><input type="hidden" name="query" value="${new URLSearchParams(query).toString()}">
<label for="view-name">Name</label> <input id="view-name" name="name" required maxlength="80">
${isAdministrator && html`<span class="tick"><input type="checkbox" id="view-shared" name="shared"><label for="view-shared">Shared with all teammates</label></span>`}
<button>Save</button></form></details>`;
}
