// The app as a process runs it: starts the context, the use cases, the schedules and the HTTP server, and closes them.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from './config.ts';
import type { Context } from './context.ts';
import { listen } from './http/listening.ts';
import type { Log } from './log.ts';
import { findInstallation } from './store/workspace/installations.ts';
import { withTimeout } from './usecases/with-timeout.ts';
import { type Overrides, openContext } from './wiring/context.ts';
import { buildMetricsServer, buildServer, buildWorkerServer } from './wiring/routes.ts';
import { startSchedules } from './wiring/schedules.ts';

export type App = {
  /** The address it listens on, which matters when the port was 0. */
  url: string;
  /** For the setup code of `npm run demo` and the tests. */
  ctx: Context;
  databaseUrl: string;
  installed(workspaceId: string): Promise<boolean>;
  /** Reports that it stops, takes no more requests, finishes the work in progress and closes the database. */
  close(): Promise<void>;
};

/** A frozen connection never ends, so each step of closing has a limit. */
const stepWithinMs = 12_000;

/** Starts everything and listens. Rejects, with nothing left running, when a component cannot start. */
export async function createApp(config: Config, log: Log, overrides: Overrides = {}): Promise<App> {
  const closing: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const step of closing.splice(0).reverse()) {
      // A step that hangs must not block the others: the database server would be left running.
      await withTimeout(stepWithinMs, step(), () => {
        throw new Error(`not stopped within ${stepWithinMs} ms`);
      }).catch((error: unknown) => log.error({ err: error }, 'a component did not stop cleanly'));
    }
  };
  try {
    return await start(config, log, overrides, closing, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function start(
  config: Config,
  log: Log,
  overrides: Overrides,
  closing: (() => Promise<void>)[],
  close: () => Promise<void>,
): Promise<App> {
  const context = await openContext(config, log, overrides, closing);
  if (!overrides.answersOnly) await startSchedules(context);

  let stopping = false;
  const build = config.roles.includes('web') ? buildServer : buildWorkerServer;
  const server = build(context, () => stopping);
  const { url, stop } = await listen(server, config.port, config.host, overrides.requestWithinMs);
  closing.push(async () => {
    stopping = true;
    // A load balancer sees this and stops sending requests, while the app still serves those that arrive.
    await sleep(config.drainMs);
    await stop();
  });
  if (config.metricsPort !== null) {
    const apart = await listen(buildMetricsServer(context), config.metricsPort, config.host);
    closing.push(apart.stop);
  }
  const installed = async (workspaceId: string) =>
    (await findInstallation(context.database.db, workspaceId))?.status === 'active';
  return { url, ctx: context, databaseUrl: context.databaseUrl, installed, close };
}
