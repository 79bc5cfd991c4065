// `npm run keys`: reencrypts everything with the current APP_SECRET, and says whether the previous one can go.
import { type ReencryptedKind, reencryptAll } from '../store/workspace/reencrypt.ts';
import { listTokensNotSignedWith } from '../store/workspace/tokens.ts';
import { runCommand } from './support/command.ts';
import { type CommandTool, withTool } from './support/tool.ts';

const usage =
  'Usage: npm run keys   encrypts everything with the current secret. Set APP_SECRET=current,previous, as for the app';

function report({ name, orElse, total, reencrypted, unreadable }: ReencryptedKind): void {
  console.log(`${name}: ${total}, of which ${reencrypted} were encrypted again just now.`);
  if (unreadable.length === 0) return;
  console.log(
    `  No APP_SECRET in the environment decrypts: ${unreadable.join(', ')}. Add the APP_SECRET that encrypted them, or ${orElse}.`,
  );
  process.exitCode = 1;
}

async function reencrypt({ database, secrets }: CommandTool): Promise<void> {
  const sealed = await reencryptAll(database.db, secrets);
  sealed.forEach(report);
  const tokens = await listTokensNotSignedWith(database.db, secrets.currentKeyId);
  if (tokens.length === 0) {
    console.log('API tokens: all active tokens are signed with the current APP_SECRET.');
  } else {
    console.log('API tokens that may be signed with a previous APP_SECRET:');
    for (const { workspaceId, jti, name } of tokens)
      console.log(`  ${workspaceId}  ${jti}  ${JSON.stringify(name)}`);
    console.log('  They stop working when that APP_SECRET is removed. Create new tokens first.');
  }
  const unreadable = sealed.reduce((total, each) => total + each.unreadable.length, 0);
  if (unreadable + tokens.length === 0)
    console.log('No previous APP_SECRET is needed any more. Remove it from the environment.');
  else console.log('Keep the previous APP_SECRET until then.');
}

await runCommand({ usage, options: {} }, () => withTool(reencrypt));
