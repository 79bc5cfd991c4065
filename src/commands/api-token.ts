// `npm run api-token`: issues, lists and revokes API access tokens, also while the app runs.
import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import type { Context } from '../context.ts';
import { byCommand } from '../domain/workspace/audit.ts';
import { issueApiToken, listApiTokens, revokeApiToken } from '../usecases/workspace/api-tokens.ts';
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

async function run(
  ctx: Pick<Context, 'database' | 'secrets' | 'now' | 'newId'>,
  { workspace, name, list, revoke }: Wanted,
): Promise<void> {
  if (list) {
    for (const token of await listApiTokens(ctx, workspace)) {
      const state = token.revokedAt ? `revoked ${token.revokedAt.toISOString()}` : 'in force';
      console.log([token.jti, token.createdAt.toISOString(), state, JSON.stringify(token.name)].join('  '));
    }
    return;
  }
  if (revoke !== undefined) {
    const done = await revokeApiToken(ctx, workspace, revoke, byCommand);
    if (!done)
      throw new UsageError(`Workspace ${workspace} has no token ${JSON.stringify(revoke)} in force.`);
    console.error(`Revoked ${revoke}.`);
    return;
  }
  const { token, jti } = await issueApiToken(ctx, workspace, name, byCommand);
  console.error(`Token ${jti} for workspace ${workspace}:`);
  console.log(token);
}

await runTool(readArguments, async (options, tool) => {
  await refuseUnknownWorkspace(options.workspace, tool);
  const { database, secrets } = tool;
  await run({ database, secrets, now: () => new Date(), newId: randomUUID }, options);
});
