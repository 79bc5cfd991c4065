// `npm run manifest`: prints what to enter in Intercom's Developer Hub, for the app at PUBLIC_URL.
import { readPublicUrl } from '../config.ts';
import { readManifest } from '../manifest.ts';
import { checklist } from './support/checklist.ts';
import { runCommand } from './support/command.ts';

const usage = 'Usage: npm run manifest   prints what to enter in the Developer Hub for the app at PUBLIC_URL';

await runCommand({ usage, options: {} }, () => {
  process.stdout.write(checklist(readManifest(), readPublicUrl(process.env)));
});
