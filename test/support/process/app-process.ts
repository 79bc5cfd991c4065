// The app as its own process, to be killed: reads its settings from the environment and reports when it is ready.
import { createApp } from '../../../src/app.ts';
import { readConfig } from '../../../src/config.ts';
import { createLog } from '../../../src/log.ts';
import { hurriedSearchLagMs } from './hurry.ts';

// The machine's clock is wrong by as much, and jumps to the other side when it is told to.
let clockOffsetMs = Number(process.env.CLOCK_OFFSET_MS ?? 0);
process.on('SIGUSR2', () => {
  clockOffsetMs = -clockOffsetMs;
});
const now = () => new Date(Date.now() + clockOffsetMs);

const soon = { now, settleAfterSeconds: 2, searchLagMs: hurriedSearchLagMs };
const app = await createApp(readConfig(process.env), createLog('warn'), soon);
process.stdout.write(`ready ${app.url}\n`);
