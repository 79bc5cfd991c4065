// The composition root: everything is built here, part by part, in the order in which it depends on what came before.
import { createServer as createHttpServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import express from 'express';
import type { Config } from './config.ts';
import { apiRoutes } from './http/api/routes.ts';
import { consoleRoutes } from './http/console/routes.ts';
import { frontRoutes } from './http/front.ts';
import { installRoutes } from './http/install.ts';
import { installationCallRoutes } from './http/installation-calls.ts';
import { openApiRoutes } from './http/openapi.ts';
import { metricsRoutes, probeRoutes } from './http/probes.ts';
import { referralHookRoutes } from './http/referral-hooks.ts';
import { createServer } from './http/server.ts';
import { shareRoutes } from './http/share.ts';
import { cutSlowRequests } from './http/slow-requests.ts';
import { readEnvelope } from './intercom/envelope.ts';
import { repeat } from './jobs/repeat.ts';
import { createRunner } from './jobs/run.ts';
import type { Log } from './log.ts';
import { buildBatches } from './parts/batches.ts';
import { buildCampaignDesk } from './parts/campaign-desk.ts';
import { buildCard } from './parts/card.ts';
import { buildConsole } from './parts/console.ts';
import { buildConsolePages } from './parts/console-pages.ts';
import { buildContacts } from './parts/contacts.ts';
import { buildEnrolment } from './parts/enrolment.ts';
import { layGround, type Overrides } from './parts/ground.ts';
import { buildInstalling } from './parts/installing.ts';
import { buildOutgoing } from './parts/outgoing.ts';
import { buildReferralSide } from './parts/referral-side.ts';
import { buildContactsJoining, buildRepair } from './parts/repair.ts';
import { buildRuleSide } from './parts/rule-side.ts';
import { isPassingTrouble, type Tx } from './store/database.ts';
import { createHousekeepingStore } from './store/housekeeping.ts';
import { createOutageStore } from './store/outages.ts';
import { readRun } from './store/runs.ts';
import { createApiTokenStore } from './store/tokens.ts';
import { type Access, createAccess } from './usecases/access.ts';
import { createHousekeeping } from './usecases/housekeeping.ts';
import { createRunLog } from './usecases/run-log.ts';
import { createRuns } from './usecases/runs.ts';
import { createSettings } from './usecases/settings.ts';

export type App = {
  /** Where it listens, which matters when the port was 0. */
  url: string;
  /** What `npm run demo` and tests need to set themselves up. */
  access: Access;
  databaseUrl: string;
  installed(workspaceId: string): Promise<boolean>;
  /** Says that it stops, then takes no more requests, finishes the work in hand, closes the database. */
  close(): Promise<void>;
};

/** Starts everything and listens. Rejects, with nothing left running, when a part cannot start. */
export async function createApp(config: Config, log: Log, overrides: Overrides = {}): Promise<App> {
  const closing: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const step of closing.splice(0).reverse()) {
      // What cannot be closed keeps nothing else from it: the database server would be left running.
      await step().catch((error: unknown) => log.error({ err: error }, 'a part did not stop as it should'));
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
  const ground = await layGround(config, log, overrides, closing);
  const { now, newId, metrics, secrets, hosts, databaseUrl, database, locks, queue } = ground;
  const outgoing = await buildOutgoing(ground);
  const { installations, enqueueRuns, runStore, settings, writeBack } = outgoing;
  const contacts = buildContacts(ground, outgoing, (id, subject) => runs.work(id, subject));
  const { batches, batchWork } = buildBatches(ground, outgoing, contacts.bulkEnsuring);
  const enrolling = buildEnrolment(ground, outgoing, contacts.ensuring);
  const referralSide = await buildReferralSide(ground, outgoing, enrolling, (id) =>
    runs.resume(id, 'platform'),
  );
  const { programme, statusChange, copying, reconcile, connecting, outsideChange } = referralSide;
  const console = buildConsole(ground, outgoing);
  const { audit, teammates, sessions, signIn } = console;
  const card = buildCard(ground, outgoing, referralSide, console, enrolling);
  const { inbox, settling } = card;
  const contactsJoining = buildContactsJoining(ground, outgoing);
  const ruleSide = buildRuleSide(ground, outgoing, contactsJoining.joinWatching);
  const { deliveryStore, deliveries, knownTopics, qualification, upkeep, ruleReading, rules, dryRun } =
    ruleSide;
  const campaignDesk = buildCampaignDesk(ground, console, enrolling, ruleSide);
  const settingsDesk = createSettings({ settings, audit, now });
  const repair = buildRepair(ground, outgoing, contactsJoining, enrolling, deliveryStore);
  const access = createAccess({
    transaction: database.transaction,
    tokens: createApiTokenStore(database),
    secrets,
    audit,
    now,
    newId,
  });
  const { installation, health, uninstalling } = buildInstalling(
    ground,
    outgoing,
    console,
    async (id) => {
      await runs.resume(id, 'token');
      await batchWork.resume(id);
    },
    repair.recovery.afterReturn,
  );
  const runs = createRuns<Tx>({
    handlers: {
      note: settling.leaveNote,
      'change-status': statusChange,
      enrol: enrolling.enrolment.enrol,
      contact: contacts.doContact,
      ...writeBack.handlers,
    },
    runs: { ...runStore, read: readRun },
    outages: createOutageStore(database, enqueueRuns, repair.recovery.afterOutage),
    locks,
    now,
    random: Math.random,
    count: metrics.countRun,
    log,
  });
  const runLog = createRunLog({ runs: runStore, audit });
  const pages = buildConsolePages(ground, outgoing, referralSide, card, runLog);
  metrics.watchRuns(runStore.counts);
  await repair.recovery.afterStop();
  await queue.work(
    createRunner(
      {
        batches: batchWork,
        conversion: settling,
        copying,
        enrolment: enrolling.enrolment,
        inPages: repair.inPages,
        qualification,
        reconcile,
        ruleReading,
        runs,
      },
      metrics.countJob,
    ),
  );
  closing.push(repeat(1_000, 'sweep the runs', runs.sweep, log));
  closing.push(repeat(overrides.tickEveryMs ?? 60_000, 'end holds and expire referrals', upkeep.tick, log));
  closing.push(
    repeat(overrides.tickEveryMs ?? 60_000, 'go on reading contacts for rules', ruleReading.tick, log),
  );
  closing.push(repeat(overrides.tickEveryMs ?? 60_000, 'tell of health', health.tick, log));
  closing.push(repeat(overrides.tickEveryMs ?? 60 * 60_000, 'erase what left', uninstalling.tick, log));
  const housekeeping = createHousekeeping({ store: createHousekeepingStore(database), now });
  closing.push(repeat(overrides.tickEveryMs ?? 3_600_000, 'forget what is old', housekeeping.tick, log));
  closing.push(repeat(1_000, 'probe what is out', runs.probe, log));
  closing.push(async () => runs.stop());
  closing.push(repeat(1_000, 'sweep the batches', batchWork.sweep, log));
  closing.push(async () => {
    batchWork.stop();
    outgoing.governor.stopBulk();
  });
  closing.push(
    repeat(overrides.tickEveryMs ?? 60_000, 'copy from the referral platforms', reconcile.tick, log),
  );
  closing.push(
    repeat(overrides.tickEveryMs ?? 60_000, 'plan who waited for a setup', enrolling.enrolment.tick, log),
  );
  closing.push(repeat(overrides.tickEveryMs ?? 60_000, 'go on with work in pages', repair.tick, log));

  const forgetMade = contacts.forgetMade;
  closing.push(repeat(overrides.tickEveryMs ?? 60_000, 'forget contacts made long ago', forgetMade, log));

  let stopping = false;
  const probes = probeRoutes({ ping: database.ping, stopping: () => stopping });
  const routers = [
    { path: '/', router: frontRoutes() },
    { path: '/', router: probes },
    ...(config.metricsPort === null ? [{ path: '/', router: metricsRoutes(metrics) }] : []),
    {
      path: '/',
      router: installRoutes({
        installation,
        signIn,
        publicUrl: config.publicUrl,
        appStoreUrl: hosts.appStore(),
      }),
    },
    {
      path: '/console',
      router: consoleRoutes({
        useCases: {
          ...{ sessions, access, teammates, audit, deliveries, ...pages },
          ...{ exports: repair.exports, erasing: repair.erasing },
          ...{ batches, backfills: repair.backfills, reviews: enrolling.reviews, drift: repair.drift },
          ...{ ...campaignDesk, programme, rules, dryRun, settings: settingsDesk, connecting },
        },
        sessions,
        signIn,
        publicUrl: config.publicUrl,
        isPassing: isPassingTrouble,
        log,
      }),
    },
    {
      path: '/',
      router: installationCallRoutes({ health, uninstalling, clientSecrets: config.intercom.clientSecrets }),
    },
    { path: '/', router: shareRoutes({ programme, log }) },
    { path: '/', router: referralHookRoutes({ connecting, log }) },
    { path: '/', router: openApiRoutes({ publicUrl: config.publicUrl }) },
    {
      path: '/api/v1',
      router: apiRoutes({
        programme: { ...programme, change: outsideChange },
        deliveries,
        rules,
        dryRun,
        runs: runLog,
        contacts: contacts.contactActions,
        batches,
        connecting,
        exports: repair.exports,
        backfills: repair.backfills,
        drift: repair.drift,
        recoveries: repair.recovery,
        erasing: repair.erasing,
        enrolment: enrolling.desk,
        reviews: enrolling.reviews,
        settings: settingsDesk,
        verifyToken: access.verify,
      }),
    },
  ];
  const server = createServer({
    inbox: { inbox, clientSecrets: config.intercom.clientSecrets, log, observe: metrics.observeCard },
    webhooks: {
      accept: deliveryStore.accept,
      readEnvelope,
      clientSecrets: config.intercom.clientSecrets,
      log,
      observe: (topic, outcome, seconds) =>
        metrics.observeDelivery(topic !== null && knownTopics.has(topic) ? topic : 'other', outcome, seconds),
    },
    routers,
    trustProxy: config.trustProxy,
    isPassing: isPassingTrouble,
    log,
  });
  const { url, stop } = await listen(server, config.port, config.host, overrides.requestWithinMs);
  closing.push(async () => {
    stopping = true;
    // A load balancer sees it, and sends nothing more, while what it sends is still answered.
    await sleep(config.drainMs);
    await stop();
  });
  if (config.metricsPort !== null) {
    const apart = await listen(express().use(metricsRoutes(metrics)), config.metricsPort, config.host);
    closing.push(apart.stop);
  }
  const installed = async (workspaceId: string) =>
    (await installations.find(workspaceId))?.status === 'active';
  return { url, access, databaseUrl, installed, close };
}

/** A request that has not arrived whole within `requestWithinMs` is cut: Node's own five minutes let few callers hold much. */
function listen(
  app: express.Express,
  port: number,
  host: string,
  requestWithinMs = 10_000,
): Promise<{ url: string; stop(): Promise<void> }> {
  const server: Server = createHttpServer({
    headersTimeout: requestWithinMs,
    connectionsCheckingInterval: 500,
  });
  cutSlowRequests(server, requestWithinMs);
  server.on('request', app);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      const { port: chosen } = server.address() as AddressInfo;
      const shownHost = host.includes(':') ? `[${host}]` : host;
      resolve({ url: `http://${shownHost}:${chosen}`, stop: () => stopServer(server) });
    });
  });
}

/** Idle connections are closed at once; requests in hand have ten seconds to be answered. */
function stopServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const impatience = setTimeout(() => server.closeAllConnections(), 10_000);
    server.close(() => {
      clearTimeout(impatience);
      resolve();
    });
    server.closeIdleConnections();
  });
}
