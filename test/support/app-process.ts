// The app as a process of its own, to be killed: reads its settings from the environment and says when it is ready.
import { createApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';

const app = await createApp(readConfig(process.env), createLog('warn'), { settleAfterSeconds: 2 });
process.stdout.write(`ready ${app.url}\n`);
