// `npm run manifest`: prints what to enter in Intercom's Developer Hub, for the app at PUBLIC_URL.
import { ConfigError, readPublicUrl } from '../config.ts';
import { readManifest } from '../manifest.ts';
import { checklist } from './checklist.ts';

try {
  process.stdout.write(checklist(readManifest(), readPublicUrl(process.env)));
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
