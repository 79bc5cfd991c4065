// Finds or creates the Intercom contact that a draft describes, whichever way it is asked for.
import type { Context } from '../../context.ts';
import type { ContactDraft, OnDuplicate } from '../../domain/contacts/contact-draft.ts';
import type { Postponed } from '../../domain/runs/run.ts';
import type { Ensured, How } from './contact-ensuring-edges.ts';

/** `bulk` gives way to all other work. Resolves with `waitUntil` while an earlier try may not be visible yet. */
export function findOrCreateContact(
  ctx: Context,
  pace: 'background' | 'bulk',
  workspaceId: string,
  draft: ContactDraft,
  onDuplicate: OnDuplicate,
  options: How,
): Promise<Ensured | Postponed> {
  const { ensuring, bulkEnsuring } = ctx.legacy;
  return (pace === 'bulk' ? bulkEnsuring : ensuring).ensure(workspaceId, draft, onDuplicate, options);
}
