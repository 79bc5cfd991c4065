// The app as its own process, to be killed: reads its settings from the environment and reports when it is ready.
import { createApp } from '../../../src/app.ts';
import { readConfig } from '../../../src/config.ts';
import { createLog } from '../../../src/log.ts';
import { hurriedSearchLagMs } from './hurry.ts';

const soon = { settleAfterSeconds: 2, searchLagMs: hurriedSearchLagMs };
const app = await createApp(readConfig(process.env), createLog('warn'), soon);
process.stdout.write(`ready ${app.url}\n`);
