// Every route, with its use cases.
import express from 'express';
import { apiRoutes } from '../http/api/routes.ts';
import { mcpRoutes } from '../http/assistants/mcp.ts';
import { oauthRoutes } from '../http/assistants/oauth.ts';
import { consoleRoutes } from '../http/console/routes.ts';
import { finRoutes } from '../http/fin/fin.ts';
import { installationCallRoutes } from '../http/from-intercom/installation-calls.ts';
import { frontRoutes } from '../http/front.ts';
import { installRoutes } from '../http/install.ts';
import { messengerHandlers } from '../http/messenger/messenger-calls.ts';
import { shareChannelRoutes } from '../http/messenger/share.ts';
import { sheetRoutes } from '../http/messenger/sheet.ts';
import { openApiRoutes } from '../http/openapi.ts';
import { metricsRoutes, probeRoutes } from '../http/probes.ts';
import { joinRoutes } from '../http/program/join.ts';
import { referralHookRoutes } from '../http/program/referral-hooks.ts';
import { shareRoutes } from '../http/program/share.ts';
import { createServer, createWorkerServer } from '../http/server.ts';
import { readEnvelope } from '../intercom/incoming/envelope.ts';
import { topics } from '../intercom/incoming/notification.ts';
import { isTransientDatabaseError as isPassing } from '../store/database-errors.ts';
import { openCard, pressButton } from '../usecases/card/inbox.ts';
import { backlogOf, secondsLeft } from '../usecases/qualification/backlog.ts';
import { createDeliveryIntake } from '../usecases/qualification/store-deliveries.ts';
import type { AppContext } from './context.ts';

const knownTopics = new Set([...topics, 'ping']);

/** `stopping` turns true when load balancers should send no more requests. */
export function buildServer(context: AppContext, stopping: () => boolean): express.Express {
  const { config, log, metrics, hosts } = context;
  const { clientSecrets } = config.intercom;
  const { publicUrl } = config;
  const appStoreUrl = hosts.appStore();
  const atRoot = [
    frontRoutes(),
    ...operatorRoutes(context, stopping),
    installRoutes({ ctx: context, publicUrl, appStoreUrl }),
    installationCallRoutes({ ctx: context, clientSecrets }),
    shareRoutes(context),
    shareChannelRoutes(context),
    joinRoutes(context),
    sheetRoutes(context, clientSecrets),
    referralHookRoutes(context),
    openApiRoutes({ publicUrl }),
    oauthRoutes(context, publicUrl),
    mcpRoutes(context, publicUrl),
  ];
  return createServer({
    inbox: {
      open: (visit) => openCard(context, visit),
      press: (press) => pressButton(context, press),
      answerWithinMs: context.timing.cardAnswerMs,
      clientSecrets,
      log,
      observe: metrics.observeCard,
    },
    messenger: messengerHandlers({ ctx: context, clientSecrets, observe: metrics.observeMessenger }),
    webhooks: {
      accept: createDeliveryIntake(context),
      readEnvelope,
      clientSecrets,
      log,
      observe: (topic, outcome, seconds) =>
        metrics.observeDelivery(topic !== null && knownTopics.has(topic) ? topic : 'other', outcome, seconds),
    },
    routers: [
      ...atRoot.map((router) => ({ path: '/', router })),
      { path: '/console', router: consoleRoutes({ ctx: context, publicUrl, isPassing, log }) },
      { path: '/api/v1', router: apiRoutes(context) },
      { path: '/fin/v1', router: finRoutes(context) },
    ],
    trustProxy: config.trustProxy,
    deployment: context.deployment,
    isPassing,
    log,
  });
}

/** For a process with only the role `worker`: probes and metrics. */
export function buildWorkerServer(context: AppContext, stopping: () => boolean): express.Express {
  return createWorkerServer({ routers: operatorRoutes(context, stopping), isPassing, log: context.log });
}

function operatorRoutes(context: AppContext, stopping: () => boolean): express.Router[] {
  const { config, metrics, database, queue, locks } = context;
  const backlog = async () => {
    const behind = await backlogOf(context, null);
    if (behind === null) return null;
    return {
      waiting: behind.waiting,
      oldest_at: behind.oldestAt,
      handled_per_second: behind.perSecond,
      seconds_left: secondsLeft(behind),
    };
  };
  const checks = { database: database.ping, queue: queue.ping, locks: locks.ping };
  return [
    probeRoutes({ checks, stopping, backlog }),
    ...(config.metricsPort === null ? [metricsRoutes(metrics)] : []),
  ];
}

/** For operators who do not want public metrics. */
export function buildMetricsServer({ metrics }: AppContext): express.Express {
  return express().use(metricsRoutes(metrics));
}
