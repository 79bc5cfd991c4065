// Saves, lists and deletes views of lists. Shared ones are for administrators to change, with an entry in the audit log.
import type { Context } from '../../context.ts';
import type { IdentifiedActor } from '../../domain/workspace/audit.ts';
import { maxViews, type SavedView, type ViewedList } from '../../domain/workspace/saved-view.ts';
import { Failure } from '../../failure.ts';
import { deleteView, findView, insertView, listViews, lockViews } from '../../store/workspace/saved-views.ts';
import { found } from '../found.ts';
import { query } from '../query.ts';
import { recordAudit } from './record-audit.ts';

export const listSavedViews = query(listViews);

type NewView = { list: ViewedList; name: string; query: Record<string, string>; isShared: boolean };

export async function saveView(
  ctx: Context,
  workspaceId: string,
  { isShared, ...view }: NewView,
  { actor, isAdministrator }: { actor: IdentifiedActor; isAdministrator: boolean },
): Promise<SavedView> {
  if (isShared && !isAdministrator) throw new Failure('forbidden', 'Only administrators can share views.');
  const saved: SavedView = { ...view, id: ctx.newId(), teammateId: isShared ? null : actor.id };
  await ctx.database.transaction(async (tx) => {
    await lockViews(tx, workspaceId);
    const known = await listViews(tx, workspaceId, actor.id, view.list);
    const beside = known.filter(({ teammateId }) => teammateId === saved.teammateId);
    if (beside.length >= maxViews)
      throw new Failure('conflict', `This list has ${maxViews} views. Delete one first.`);
    if (beside.some(({ name }) => name.toLowerCase() === view.name.toLowerCase()))
      throw new Failure('conflict', 'A view with this name exists. Choose another name.', {
        fields: { name: 'is taken' },
      });
    await insertView(tx, workspaceId, saved, ctx.now());
    if (isShared) await recordAudit(ctx, tx, workspaceId, actor, 'view.share', saved.id, { name: view.name });
  });
  return saved;
}

/** Returns what is deleted. Another teammate's own view is none of theirs to know. */
export async function deleteSavedView(
  ctx: Context,
  workspaceId: string,
  id: string,
  { actor, isAdministrator }: { actor: IdentifiedActor; isAdministrator: boolean },
): Promise<SavedView> {
  return ctx.database.transaction(async (tx) => {
    const view = found(await findView(tx, workspaceId, id), 'view');
    const { teammateId, name } = view;
    if (teammateId !== null && teammateId !== actor.id) throw new Failure('not-found', 'View not found.');
    if (teammateId === null && !isAdministrator)
      throw new Failure('forbidden', 'Only administrators can delete shared views.');
    const isDeleted = await deleteView(tx, workspaceId, id);
    if (isDeleted && teammateId === null)
      await recordAudit(ctx, tx, workspaceId, actor, 'view.delete', id, { name });
    return view;
  });
}
