// `npm run api-token`: issues, lists and revokes the API's access tokens, also while the app runs.
import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { createAuditStore } from '../store/workspace/audit.ts';
import { createApiTokenStore } from '../store/workspace/tokens.ts';
import { type Access, createAccess } from '../usecases/workspace/access.ts';
import { createAudit } from '../usecases/workspace/audit.ts';
import { refuseUnknownWorkspace, runTool, UsageError } from './tool.ts';

const usage = `Usage:
  npm run api-token -- --workspace ID [--name NAME]   issue a token; it is shown this once, on the last line
  npm run api-token -- --workspace ID --list          list the workspace's tokens by their ids
  npm run api-token -- --workspace ID --revoke JTI    end a token, at once`;

type Wanted = { workspace: string; name: string; list: boolean; revoke?: string | undefined };

function readArguments(): Wanted {
  const { workspace, ...rest } = parseOptions();
  if (!workspace) throw new UsageError(`--workspace is missing\n${usage}`);
  return { workspace, ...rest };
}

function parseOptions() {
  const options = {
    workspace: { type: 'string' },
    name: { type: 'string', default: 'command line' },
    list: { type: 'boolean', default: false },
    revoke: { type: 'string' },
  } as const;
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : 'unreadable'}\n${usage}`);
  }
}

async function run(access: Access, { workspace, name, list, revoke }: Wanted): Promise<void> {
  if (list) {
    for (const token of await access.list(workspace)) {
      const state = token.revokedAt ? `revoked ${token.revokedAt.toISOString()}` : 'in force';
      console.log([token.jti, token.createdAt.toISOString(), state, JSON.stringify(token.name)].join('  '));
    }
    return;
  }
  if (revoke !== undefined) {
    const done = await access.revoke(workspace, revoke);
    if (!done)
      throw new UsageError(`Workspace ${workspace} has no token ${JSON.stringify(revoke)} in force.`);
    console.error(`Revoked ${revoke}.`);
    return;
  }
  const { token, jti } = await access.issue(workspace, name);
  console.error(`Token ${jti} for workspace ${workspace}:`);
  console.log(token);
}

await runTool(readArguments, async (wanted, tool) => {
  await refuseUnknownWorkspace(wanted.workspace, tool);
  const { database, secrets } = tool;
  const now = () => new Date();
  const access = createAccess({
    transaction: database.transaction,
    tokens: createApiTokenStore(database),
    secrets,
    audit: createAudit({ store: createAuditStore(database), now }),
    now,
    newId: randomUUID,
  });
  await run(access, wanted);
});
