// `npm run keys`: reencrypts everything with the current APP_SECRET, and says whether the previous one can go.
import { reencryptChannels } from '../store/alerts/alerts.ts';
import { reencryptConnections } from '../store/platforms/connections.ts';
import { reencryptRewardWebhooks } from '../store/rewards/reward-webhooks.ts';
import { type Reencryption, reencryptTokens } from '../store/workspace/installations.ts';
import { listTokensNotSignedWith } from '../store/workspace/tokens.ts';
import { runCommand } from './command.ts';
import { type Tool, withTool } from './tool.ts';

const usage = 'Usage: npm run keys   (with APP_SECRET=current,previous, as the app has it)';

function report(kind: string, { total, reencrypted, unreadable }: Reencryption, mend: string): void {
  console.log(`${kind}: ${total}, of which ${reencrypted} were sealed anew just now.`);
  if (unreadable.length === 0) return;
  console.log(`  No APP_SECRET that is set opens those of: ${unreadable.join(', ')}. ${mend}`);
  process.exitCode = 1;
}

async function reencryptAll({ database, secrets }: Tool): Promise<void> {
  const installations = await reencryptTokens(database.db, secrets);
  const connections = await reencryptConnections(database.db, secrets);
  report(
    'Access tokens of Intercom',
    installations,
    'Add the secret that sealed them, or install there again.',
  );
  report('Connections to referral platforms', connections, 'Add it, or connect them again.');
  const channels = await reencryptChannels(database.db, secrets);
  report('Alert channels', channels, 'Add it, or add them again.');
  const webhooks = await reencryptRewardWebhooks(database.db, secrets);
  report('Reward webhooks', webhooks, 'Add it, or set them again.');
  const tokens = await listTokensNotSignedWith(database.db, secrets.currentKeyId);
  if (tokens.length === 0) {
    console.log('API tokens: all of those in force are signed with the current APP_SECRET.');
  } else {
    console.log('API tokens that are not known to be signed with the current APP_SECRET:');
    for (const { workspaceId, jti, name } of tokens)
      console.log(`  ${workspaceId}  ${jti}  ${JSON.stringify(name)}`);
    console.log('  They end with the APP_SECRET that signed them: make new ones first.');
  }
  const sealed = [installations, connections, channels, webhooks];
  const unreadable = sealed.reduce((total, each) => total + each.unreadable.length, 0);
  if (unreadable + tokens.length === 0)
    console.log('Nothing needs a previous APP_SECRET any more: it can be dropped.');
  else console.log('Keep the previous APP_SECRET until that is done.');
}

await runCommand({ usage, options: {} }, () => withTool(reencryptAll));
