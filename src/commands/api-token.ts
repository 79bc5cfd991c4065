// `npm run api-token`: issues, lists and revokes API access tokens, also while the app runs.
import { byCommand } from '../domain/workspace/audit.ts';
import { Failure } from '../failure.ts';
import { issueApiToken, listApiTokens, revokeApiToken } from '../usecases/workspace/api-tokens.ts';
import { type CommandTool, runWorkspaceTool } from './support/tool.ts';

const usage = `Usage:
  npm run api-token -- --workspace ID [--name NAME]   create a token, shown once, on the last line
  npm run api-token -- --workspace ID --assistants-may-write
                                                      create a token with which AI assistants can make changes at /mcp
  npm run api-token -- --workspace ID --list          list the workspace's tokens
  npm run api-token -- --workspace ID --revoke JTI    revoke a token immediately`;

async function list(workspaceId: string, tool: CommandTool): Promise<void> {
  for (const token of await listApiTokens(tool, workspaceId)) {
    const state = token.revokedAt ? `revoked ${token.revokedAt.toISOString()}` : 'active';
    const agents = token.assistantsMayWrite ? ['agents may make changes'] : [];
    const words = [token.jti, token.createdAt.toISOString(), ...agents, state, JSON.stringify(token.name)];
    console.log(words.join('  '));
  }
}

async function revoke(workspaceId: string, jti: string, tool: CommandTool): Promise<void> {
  if (!(await revokeApiToken(tool, workspaceId, jti, byCommand)))
    throw new Failure('not-found', `Workspace ${workspaceId} has no active token ${JSON.stringify(jti)}.`);
  console.error(`Revoked ${jti}.`);
}

async function issue(
  workspaceId: string,
  name: string,
  assistantsMayWrite: boolean,
  tool: CommandTool,
): Promise<void> {
  const { token, jti } = await issueApiToken(tool, workspaceId, name, byCommand, { assistantsMayWrite });
  console.error(`Token ${jti} for workspace ${workspaceId}:`);
  console.log(token);
}

await runWorkspaceTool({
  usage,
  options: {
    name: { type: 'string', default: 'command line' },
    'assistants-may-write': { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    revoke: { type: 'string' },
  },
  read: (values) => values,
  async work(workspaceId, wanted, tool) {
    if (wanted.list) await list(workspaceId, tool);
    else if (wanted.revoke !== undefined) await revoke(workspaceId, wanted.revoke, tool);
    else await issue(workspaceId, wanted.name, wanted['assistants-may-write'], tool);
  },
});
