// Whether Intercom verifies the workspace's end users, as it was last seen.
import type { Context } from '../../context.ts';
import { findInstallation } from '../../store/workspace/installations.ts';

export async function readVerification({ database }: Context, workspaceId: string): Promise<boolean> {
  return (await findInstallation(database.db, workspaceId))?.identityVerification ?? false;
}
