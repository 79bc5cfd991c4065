// Starts the app, and shuts it down cleanly.
import { createApp } from './app.ts';
import { takeNoArguments } from './commands/support/usage.ts';
import { readConfig } from './config.ts';
import { createLog } from './log.ts';
import { startProblem } from './start-problem.ts';

/** Longer than work takes to end, and shorter than the 30 seconds of Kubernetes and Docker Swarm. */
const stopWithinMs = 25_000;

takeNoArguments(
  `Usage: npm start   starts Referral Desk. Environment variables configure it: see README.md.`,
);

try {
  const config = readConfig(process.env);
  const log = createLog(config.logLevel);
  const starting = createApp(config, log);
  const stop = async (signal: string) => {
    log.info({ signal }, 'stopping');
    setTimeout(() => {
      log.error({ afterMs: stopWithinMs }, 'a component did not stop in time; the process exits');
      process.exit(1);
    }, stopWithinMs);
    // Let a start in progress finish: cut short, it would leave the database server running.
    const app = await starting;
    await app.close();
    log.info({}, 'stopped');
    process.exit(0);
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  const app = await starting;
  log.info({ url: app.url, publicUrl: config.publicUrl, roles: config.roles }, 'Referral Desk is ready');
} catch (error) {
  // Before there is a log, or instead of a stack: these messages are written for the operator.
  process.stderr.write(`${startProblem(error)}\n`);
  process.exit(1);
}
