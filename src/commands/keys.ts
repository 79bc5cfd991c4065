// `npm run keys`: reencrypts everything with the current APP_SECRET, and says whether the previous one can go.
import { type ReencryptedKind, reencryptAll } from '../store/workspace/reencrypt.ts';
import { listTokensNotSignedWith } from '../store/workspace/tokens.ts';
import { runCommand } from './command.ts';
import { type Tool, withTool } from './tool.ts';

const usage = 'Usage: npm run keys   (with APP_SECRET=current,previous, as the app has it)';

function report({ name, orElse, total, reencrypted, unreadable }: ReencryptedKind): void {
  console.log(`${name}: ${total}, of which ${reencrypted} were sealed anew just now.`);
  if (unreadable.length === 0) return;
  console.log(
    `  No APP_SECRET that is set opens those of: ${unreadable.join(', ')}. Add the secret that sealed them, or ${orElse}.`,
  );
  process.exitCode = 1;
}

async function reencrypt({ database, secrets }: Tool): Promise<void> {
  const sealed = await reencryptAll(database.db, secrets);
  sealed.forEach(report);
  const tokens = await listTokensNotSignedWith(database.db, secrets.currentKeyId);
  if (tokens.length === 0) {
    console.log('API tokens: all of those in force are signed with the current APP_SECRET.');
  } else {
    console.log('API tokens that are not known to be signed with the current APP_SECRET:');
    for (const { workspaceId, jti, name } of tokens)
      console.log(`  ${workspaceId}  ${jti}  ${JSON.stringify(name)}`);
    console.log('  They end with the APP_SECRET that signed them: make new ones first.');
  }
  const unreadable = sealed.reduce((total, each) => total + each.unreadable.length, 0);
  if (unreadable + tokens.length === 0)
    console.log('Nothing needs a previous APP_SECRET any more: it can be dropped.');
  else console.log('Keep the previous APP_SECRET until that is done.');
}

await runCommand({ usage, options: {} }, () => withTool(reencrypt));
