// Enqueues the job that works an import.
import type { Context } from '../../context.ts';
import type { Tx } from '../../store/database.ts';
import type { ImportKey } from '../../store/imports/contact-imports.ts';

export const enqueueImport = (
  ctx: Pick<Context, 'queue'>,
  tx: Tx,
  { workspaceId, id }: ImportKey,
): Promise<void> => ctx.queue.enqueue(tx, { name: 'work-import', workspaceId, importId: id });
