// The composition root: everything is built here, in the order in which it depends on what came before.
import { randomUUID } from 'node:crypto';
import { createServer as createHttpServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import express from 'express';
import type { Config } from './config.ts';
import type { PlatformName } from './domain/referral.ts';
import { shareLink } from './domain/share-link.ts';
import { Failure } from './failure.ts';
import { apiRoutes } from './http/api/routes.ts';
import { frontRoutes } from './http/front.ts';
import { installRoutes } from './http/install.ts';
import { openApiRoutes } from './http/openapi.ts';
import { metricsRoutes, probeRoutes } from './http/probes.ts';
import { referralHookRoutes } from './http/referral-hooks.ts';
import { createServer } from './http/server.ts';
import { shareRoutes } from './http/share.ts';
import { createIntercomCall } from './intercom/call.ts';
import { createIntercomClient } from './intercom/client.ts';
import { mergedInto, readContact } from './intercom/contact-reading.ts';
import { searchContacts } from './intercom/contact-search.ts';
import { createContactWriting } from './intercom/contact-writing.ts';
import { readKnown } from './intercom/data-attributes.ts';
import { readEnvelope } from './intercom/envelope.ts';
import { createHosts } from './intercom/hosts.ts';
import { readNotice, topics } from './intercom/notification.ts';
import { createOAuth } from './intercom/oauth.ts';
import { createQueue } from './jobs/queue.ts';
import { repeat } from './jobs/repeat.ts';
import { createRunner } from './jobs/run.ts';
import type { Log } from './log.ts';
import { createMetrics } from './metrics.ts';
import { createBuiltIn } from './referrals/built-in/platform.ts';
import { newShareCode } from './referrals/built-in/share-code.ts';
import type { Platform } from './referrals/platform.ts';
import { createReferralFactory, referralFactoryLimit } from './referrals/referral-factory/platform.ts';
import { createSecrets } from './secrets.ts';
import { createCampaignStore } from './store/campaigns.ts';
import { createCardActionStore } from './store/card-actions.ts';
import { createCardStore } from './store/cards.ts';
import { createConnectionStore } from './store/connections.ts';
import { contactLinks, contactStore } from './store/contacts.ts';
import { createConversionStore } from './store/conversions.ts';
import { createCopyStore } from './store/copies.ts';
import { isPassingTrouble, migrate, openDatabase, type Tx } from './store/database.ts';
import { createDeliveryStore } from './store/deliveries.ts';
import { createDryRunStore } from './store/dry-run.ts';
import { startEmbeddedServer } from './store/embedded-server.ts';
import { createInstallationStore } from './store/installations.ts';
import { createLinkingStore } from './store/linking.ts';
import { createLinkStore } from './store/links.ts';
import { createOutageStore } from './store/outages.ts';
import { peopleStore } from './store/people.ts';
import { createRateWindows } from './store/rate-windows.ts';
import { createReferralStatusStore } from './store/referral-status.ts';
import { createReferralStore } from './store/referrals.ts';
import { createReferrerStore } from './store/referrers.ts';
import { createRuleStore } from './store/rules.ts';
import { createHoldStore, createReferralRulingStore, decisionStore, enabledRules } from './store/ruling.ts';
import { createRunStore, type EnqueueRuns, readRun } from './store/runs.ts';
import { createSettingsStore } from './store/settings.ts';
import { createSubjectLocks } from './store/subject-lock.ts';
import { createApiTokenStore, createUsedTokenStore } from './store/tokens.ts';
import { createWriteBackStore } from './store/write-back.ts';
import { type Access, createAccess } from './usecases/access.ts';
import { createCardActions } from './usecases/card-actions.ts';
import { createCardViews } from './usecases/card-view.ts';
import { createConnecting } from './usecases/connecting.ts';
import { createConversion } from './usecases/conversion.ts';
import { createConversionSettling } from './usecases/conversion-settling.ts';
import { createConversionViews } from './usecases/conversion-views.ts';
import { createConversionWriter } from './usecases/conversion-writing.ts';
import { createCopying } from './usecases/copying.ts';
import { createDeliveries } from './usecases/deliveries.ts';
import { createDryRun } from './usecases/dry-run.ts';
import type { SearchContacts } from './usecases/finding-contacts.ts';
import { createInbox } from './usecases/inbox.ts';
import { createInstallation } from './usecases/installation.ts';
import { createLinking } from './usecases/linking.ts';
import { createOutsideChange } from './usecases/outside-change.ts';
import { createProgramme } from './usecases/programme.ts';
import { createQualification } from './usecases/qualification.ts';
import { createReconcile } from './usecases/reconcile.ts';
import { createRuleChecker } from './usecases/rule-checker.ts';
import { createRules } from './usecases/rules.ts';
import { createRuling } from './usecases/ruling.ts';
import { createRunLog } from './usecases/run-log.ts';
import { createRuns } from './usecases/runs.ts';
import { createSettings } from './usecases/settings.ts';
import { createStatusChange } from './usecases/status-change.ts';
import { createUpkeep } from './usecases/upkeep.ts';
import { createWriteBack } from './usecases/write-back.ts';

export type App = {
  /** Where it listens, which matters when the port was 0. */
  url: string;
  /** What `npm run demo` and tests need to set themselves up. */
  access: Access;
  databaseUrl: string;
  installed(workspaceId: string): Promise<boolean>;
  /** Takes no more requests, finishes the work in hand, closes the database. */
  close(): Promise<void>;
};

/** What a test may set otherwise. */
export type Overrides = {
  now?: () => Date;
  patienceMs?: number;
  settleAfterSeconds?: number;
  requestWithinMs?: number;
  tickEveryMs?: number;
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
  const now = overrides.now ?? (() => new Date());
  const newId = () => randomUUID();
  const metrics = createMetrics();
  const secrets = createSecrets(config.appSecrets, now);
  const hosts = createHosts(config.intercom);

  const databaseUrl = await databaseFor(config, log, closing);
  await migrate(databaseUrl);
  const database = openDatabase(databaseUrl, log);
  closing.push(database.close);
  const locks = createSubjectLocks(databaseUrl, log);
  closing.push(locks.close);
  const queue = createQueue({ url: databaseUrl, log });
  await queue.start();
  closing.push(queue.stop);

  const installations = createInstallationStore(database, secrets);
  const { sealedAnew, unreadable } = await installations.sealAnew();
  if (sealedAnew > 0) log.info({ sealedAnew }, 'tokens were sealed with the current APP_SECRET');
  if (unreadable.length > 0)
    log.warn({ unreadable }, 'no APP_SECRET opens these tokens: install there again');
  const installation = createInstallation({
    oauth: createOAuth({
      hosts,
      clientId: config.intercom.clientId,
      clientSecret: config.intercom.clientSecrets[0],
      redirectUri: `${config.publicUrl}/install/callback`,
    }),
    inboxUrl: hosts.inbox,
    installations: {
      async save(grant) {
        await installations.save(grant);
        await runs.resume(grant.workspaceId, 'token');
        // Not waited for: what is missing is made at the first write too.
        contactWriting.ensureAttributes(grant.workspaceId).catch((error: unknown) => {
          log.warn(
            { err: error, workspaceId: grant.workspaceId },
            'the data attributes could not be made yet',
          );
        });
      },
    },
    usedTokens: createUsedTokenStore(database),
    secrets,
    now,
    newId,
    log,
  });
  const enqueueRuns: EnqueueRuns = (tx, jobs, { afterMs = 0 } = {}) =>
    // A little later, so that a job never comes before its run is due.
    queue.enqueueAll(tx, 'work-runs', jobs, { afterSeconds: afterMs > 0 ? afterMs / 1000 + 0.05 : 0 });
  const runStore = createRunStore(database, enqueueRuns, now);
  /** Null when the workspace has no usable token. */
  const grantOf = async (workspaceId: string) => {
    const [known, token] = await Promise.all([
      installations.find(workspaceId),
      installations.tokenOf(workspaceId),
    ]);
    return known && token ? { api: hosts.api(known.region), token } : null;
  };
  const callOf = async (workspaceId: string) => {
    const granted = await grantOf(workspaceId);
    if (!granted) throw new Failure('unauthorised', 'There is no token for this workspace');
    return createIntercomCall(granted.api, granted.token);
  };
  const settings = createSettingsStore(database);
  const contactWriting = createContactWriting(callOf);
  const writeBack = createWriteBack<Tx>({
    store: createWriteBackStore(database, ({ code, link }) => link ?? shareLink(config.publicUrl, code)),
    settings,
    runs: runStore,
    intercom: contactWriting,
  });
  const access = createAccess({ tokens: createApiTokenStore(database), secrets, now, newId });
  const programme = createProgramme({
    transaction: database.transaction,
    stores: {
      campaigns: createCampaignStore(database),
      people: peopleStore,
      referrers: createReferrerStore(database),
      referrals: createReferralStore(database),
    },
    now,
    newId,
    newShareCode,
    planWriteBack: writeBack.plan,
    publicUrl: config.publicUrl,
  });

  const conversions = createConversionStore(database, queue.enqueue, runStore.add);
  const converting = {
    async intercomFor(workspaceId: string) {
      const granted = await grantOf(workspaceId);
      return granted && createIntercomClient(granted.api, granted.token);
    },
    conversions,
    writer: createConversionWriter({ conversions, now }),
    now,
  };
  const settling = createConversionSettling(converting);
  const conversion = createConversion({
    ...converting,
    views: createConversionViews({
      async contactUrl(workspaceId, contactId) {
        const known = await installations.find(workspaceId);
        return known && hosts.contact(known.region, workspaceId, contactId);
      },
      now,
      newId,
    }),
    installUrl: `${config.publicUrl}/install`,
    newId,
    log,
    patienceMs: overrides.patienceMs ?? 1_500,
    // Longer than all of a conversion's calls may take together, so that the job never runs beside the press.
    settleAfterSeconds: overrides.settleAfterSeconds ?? 60,
  });
  closing.push(conversion.idle);
  const referrals = createReferralStore(database);
  const connections = createConnectionStore(database, secrets);
  const old = await connections.sealAnew();
  if (old.unreadable.length > 0) {
    log.warn(
      { unreadable: old.unreadable },
      'no APP_SECRET opens these platform tokens: connect there again',
    );
  }
  const rateWindows = createRateWindows(database);
  const platforms: Record<PlatformName, Platform> = {
    'built-in': createBuiltIn({ referrals }),
    'referral-factory': createReferralFactory({
      connectionOf: (workspaceId) => connections.find(workspaceId, 'referral-factory'),
      allowanceOf: (account) => rateWindows.of(`referral-factory ${account}`, referralFactoryLimit),
    }),
  };
  const referralSide = {
    transaction: database.transaction,
    platforms,
    connections,
    referrals: createReferralStatusStore(database, referrals),
    copies: createCopyStore(database, { newShareCode }),
    people: peopleStore,
    planWriteBack: writeBack.plan,
    enqueue: queue.enqueue,
    now,
    newId,
    log,
  };
  const statusChange = createStatusChange<Tx>({ ...referralSide, wait: (ms) => sleep(ms) });
  const copying = createCopying<Tx>({ ...referralSide, stores: referralSide });
  const reconcile = createReconcile<Tx>({ ...referralSide, copying });
  const connecting = createConnecting<Tx>({
    ...referralSide,
    startPass: reconcile.start,
    resume: (workspaceId) => runs.resume(workspaceId, 'platform'),
    publicUrl: config.publicUrl,
  });
  const requests = createCardActionStore(database, runStore.add);
  const outsideChange = createOutsideChange({
    programme,
    settings,
    async addRun(run) {
      await database.transaction((tx) => runStore.add(tx, run));
    },
    findRun: requests.find,
    newId,
    wait: (ms) => sleep(ms),
  });
  const actions = createCardActions({
    settings,
    requests,
    cannotStore(platform, change) {
      const { name, capabilities } = platforms[platform];
      const can = { qualify: true, disqualify: capabilities.canDisqualify, reopen: capabilities.canReopen };
      return can[change] ? null : name;
    },
    now,
    newId,
    patienceMs: 1_000,
  });
  const inbox = createInbox({
    cards: createCardStore(database),
    historyOf: async (workspaceId, referralId) =>
      // More than a card can show; it says that there is more.
      (await referrals.history(workspaceId, referralId, { limit: 50, after: null })).items,
    people: createLinkStore(database),
    conversion,
    actions,
    views: createCardViews({
      platformName: (name) => platforms[name].name,
      shareLink: (code) => programme.linkOf({ code, link: null }),
      contactUrl: hosts.contact,
      now,
    }),
    installUrl: `${config.publicUrl}/install`,
    now,
  });

  const deliveryStore = createDeliveryStore(database, queue.enqueueAll, now);
  const deliveries = createDeliveries({ store: deliveryStore });
  metrics.watchDeliveries(deliveryStore.waitingSince);
  const knownTopics = new Set([...topics, 'ping']);

  const rulingStores = {
    transaction: database.transaction,
    deliveries: deliveryStore,
    installations,
    rules: enabledRules,
    contacts: contactStore,
    people: contactLinks,
    referrals: createReferralRulingStore(database),
    decisions: decisionStore,
    holds: createHoldStore(database),
    runs: runStore,
  };
  const ruling = createRuling<Tx>({ stores: rulingStores, now });
  const qualification = createQualification<Tx>({
    stores: rulingStores,
    ruling,
    readNotice,
    planWriteBack: writeBack.plan,
    mergedInto: async (workspaceId, contactId) => mergedInto(await callOf(workspaceId), contactId),
    isPassing: (error) =>
      error instanceof Failure
        ? error.code === 'unavailable' || error.code === 'rate-limited'
        : isPassingTrouble(error),
    now,
    log,
  });
  const upkeep = createUpkeep<Tx>({
    stores: rulingStores,
    ruling,
    factsNow: async (workspaceId, contactId) =>
      (await readContact(await callOf(workspaceId), contactId))?.facts ?? null,
    now,
    log,
  });
  const searchIn = async (workspaceId: string) => {
    const granted = await grantOf(workspaceId);
    if (!granted) return null;
    const call = createIntercomCall(granted.api, granted.token);
    return (...asked: Parameters<SearchContacts>) => searchContacts(call, ...asked);
  };
  const linkPending = createLinking<Tx>({
    transaction: database.transaction,
    store: createLinkingStore(database),
    searchIn,
    planWriteBack: writeBack.plan,
    sleep: (milliseconds) => sleep(milliseconds),
  });
  const checkRule = createRuleChecker(async (workspaceId) => {
    const granted = await grantOf(workspaceId);
    return granted && readKnown(createIntercomCall(granted.api, granted.token));
  });
  const rules = createRules({
    rules: createRuleStore(database),
    campaigns: createCampaignStore(database),
    check: checkRule,
    async applyToPending(workspaceId, rule) {
      await linkPending(workspaceId, rule.campaignId);
      return upkeep.applyRule(workspaceId, rule);
    },
    now,
    newId,
  });
  const dryRun = createDryRun({
    store: createDryRunStore(database),
    rules: createRuleStore(database),
    check: checkRule,
    campaigns: createCampaignStore(database),
    async installationOf(workspaceId) {
      const [known, search] = await Promise.all([installations.find(workspaceId), searchIn(workspaceId)]);
      return known && search && { timeZone: known.timeZone, search };
    },
    readNotice,
    now,
    sleep: (milliseconds) => sleep(milliseconds),
  });
  const runs = createRuns<Tx>({
    handlers: { note: settling.leaveNote, 'change-status': statusChange, ...writeBack.handlers },
    runs: { ...runStore, read: readRun },
    outages: createOutageStore(database, enqueueRuns),
    locks,
    now,
    random: Math.random,
    count: metrics.countRun,
    log,
  });
  const runLog = createRunLog({ runs: runStore });
  metrics.watchRuns(runStore.counts);
  await queue.work(
    createRunner({ conversion: settling, copying, qualification, reconcile, runs }, metrics.countJob),
  );
  closing.push(repeat(1_000, 'sweep the runs', runs.sweep, log));
  closing.push(repeat(overrides.tickEveryMs ?? 60_000, 'end holds and expire referrals', upkeep.tick, log));
  closing.push(repeat(1_000, 'probe what is out', runs.probe, log));
  closing.push(async () => runs.stop());
  closing.push(
    repeat(overrides.tickEveryMs ?? 60_000, 'copy from the referral platforms', reconcile.tick, log),
  );

  let stopping = false;
  const probes = probeRoutes({ ping: database.ping, stopping: () => stopping });
  const routers = [
    { path: '/', router: frontRoutes() },
    { path: '/', router: probes },
    ...(config.metricsPort === null ? [{ path: '/', router: metricsRoutes(metrics) }] : []),
    { path: '/', router: installRoutes({ installation, publicUrl: config.publicUrl }) },
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
        connecting,
        settings: createSettings({ settings, now }),
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
    log,
  });
  const { url, stop } = await listen(server, config.port, config.host, overrides.requestWithinMs);
  closing.push(async () => {
    stopping = true;
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

async function databaseFor(config: Config, log: Log, closing: (() => Promise<void>)[]): Promise<string> {
  if (config.database.kind === 'server') return config.database.url;
  const embedded = await startEmbeddedServer({ dataDir: config.database.dataDir, purpose: 'app', log });
  closing.push(embedded.stop);
  return embedded.url;
}

/** A request that has not arrived whole within `requestWithinMs` is cut: Node's own five minutes let few callers hold much. */
function listen(
  app: express.Express,
  port: number,
  host: string,
  requestWithinMs = 10_000,
): Promise<{ url: string; stop(): Promise<void> }> {
  const timeouts = { requestTimeout: requestWithinMs, headersTimeout: requestWithinMs };
  const server: Server = createHttpServer({ ...timeouts, connectionsCheckingInterval: 500 }, app);
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
