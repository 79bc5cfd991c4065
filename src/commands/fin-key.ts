// `npm run fin-key`: issues, lists and revokes the keys with which Fin asks, also while the app runs.
import { z } from 'zod';
import { byCommand } from '../domain/workspace/audit.ts';
import { Failure } from '../failure.ts';
import { issueFinKey, listFinKeys, revokeFinKey } from '../usecases/fin/fin-keys.ts';
import { type CommandTool, runWorkspaceTool } from './support/tool.ts';

const usage = `Usage:
  npm run fin-key -- --workspace ID [--name NAME]    create a key, shown once, on the last line
  npm run fin-key -- --workspace ID --list           list the workspace's keys
  npm run fin-key -- --workspace ID --revoke KEY_ID  revoke a key immediately`;

async function list(workspaceId: string, tool: CommandTool): Promise<void> {
  for (const key of await listFinKeys(tool, workspaceId)) {
    const state = key.revokedAt ? `revoked ${key.revokedAt.toISOString()}` : 'active';
    console.log([key.id, key.createdAt.toISOString(), state, JSON.stringify(key.name)].join('  '));
  }
}

async function revoke(workspaceId: string, id: string, tool: CommandTool): Promise<void> {
  const isId = z.guid().safeParse(id).success;
  if (!isId || !(await revokeFinKey(tool, workspaceId, id, byCommand)))
    throw new Failure('not-found', `Workspace ${workspaceId} has no active key ${JSON.stringify(id)}.`);
  console.error(`Revoked ${id}.`);
}

async function issue(workspaceId: string, name: string, tool: CommandTool): Promise<void> {
  const { key, id } = await issueFinKey(tool, workspaceId, name, byCommand);
  console.error(`Connector key ${id} for workspace ${workspaceId}:`);
  console.log(key);
}

await runWorkspaceTool({
  usage,
  options: {
    name: { type: 'string', default: 'command line' },
    list: { type: 'boolean', default: false },
    revoke: { type: 'string' },
  },
  read: (values) => values,
  async work(workspaceId, wanted, tool) {
    if (wanted.list) await list(workspaceId, tool);
    else if (wanted.revoke !== undefined) await revoke(workspaceId, wanted.revoke, tool);
    else await issue(workspaceId, wanted.name, tool);
  },
});
