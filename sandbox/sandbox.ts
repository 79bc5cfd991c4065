// Puts the stand-in for Intercom together: its memory, its API, its pages, and the webhooks it sends.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import express, { type Express } from 'express';
import { adminApi } from './admin-api.ts';
import { assistantRoutes } from './assistant/assistant.ts';
import { type AppCalls, createAppCalls } from './deliveries/app-calls.ts';
import { type AppListing, readAppListing } from './deliveries/developer-hub.ts';
import { createWebhooks, type Webhooks } from './deliveries/webhooks.ts';
import { createFaults, type FaultBoard } from './faults.ts';
import { finRoutes } from './fin/fin.ts';
import { type CanvasCalls, createCanvasCalls } from './inbox/canvas-calls.ts';
import { inboxPage } from './inbox/inbox.ts';
import { intercomApi } from './intercom/api.ts';
import { type Caught, messageRoutes } from './messages/catcher.ts';
import { payoutRoutes } from './messages/payouts.ts';
import { createMessenger, type Messenger } from './messenger/messenger.ts';
import { messengerPages } from './messenger/messenger-pages.ts';
import { moods } from './moods.ts';
import { oauth } from './oauth.ts';
import { referralFactoryApi } from './referral-factory/api.ts';
import { createReferralHooks, type RfHooks } from './referral-factory/hooks.ts';
import { seedReferralFactory } from './referral-factory/seed.ts';
import { changeSettings, type SettingsChange } from './settings.ts';
import { shopRoutes } from './shop/shop.ts';
import { seedWorld } from './story/seed.ts';
import { openWorld, type World } from './world.ts';

export type SandboxOptions = {
  /** 0 takes any free one. */
  port: number;
  /** 127.0.0.1 unless told otherwise. */
  host?: string;
  /** Where it keeps its state; `:memory:` keeps nothing. */
  folder: string;
  /** The app's `PUBLIC_URL`, where canvas requests and webhooks go. */
  appUrl: string;
  /** Of the app, as in the Developer Hub; what the sandbox sends is signed with the secret. */
  clientId: string;
  clientSecret: string;
  /** Of the app's API, with which the shop's page enters people who join. */
  apiToken?: string;
  /** Mail and chat messages of the app, which the catcher keeps. */
  caught?: Caught[];
  /** Fills an empty world with the story unless this is false. */
  seed?: boolean;
  /** What holds until the admin API says otherwise, and again after each reset; as Intercom unless told otherwise. */
  settings?: SettingsChange;
  /** The clock, in Unix milliseconds. */
  now?: () => number;
};

export type Sandbox = {
  url: string;
  world: World;
  /** The Messenger, as its pages drive it. */
  messenger: Messenger;
  setAppUrl(url: string): void;
  close(): Promise<void>;
};

/** Starts a sandbox; rejects when its port is taken. */
export async function createSandbox(options: SandboxOptions): Promise<Sandbox> {
  const world = openWorld(options.folder, options.now);
  let base = withoutSlash(options.appUrl);
  const appUrl = () => base;
  const setAppUrl = (url: string) => {
    base = withoutSlash(url);
  };
  const { clientSecret, settings = {} } = options;
  startSettings(world, settings);
  const faults = createFaults();
  const app = createAppCalls({ appUrl, clientSecret });
  const seed = () => {
    seedWorld(world);
    seedReferralFactory(world);
  };
  if (options.seed !== false && world.empty()) seed();
  // A sandbox that was first started before it had a Referral Factory.
  else if (options.seed !== false && world.referralFactory.campaigns.all().length === 0)
    seedReferralFactory(world);
  const referralHooks = createReferralHooks(world);

  const listing = readAppListing();
  const webhooks = createWebhooks({ world, app, faults, topics: listing.webhooks.topics });
  const calls = createCanvasCalls({ world, clientSecret });
  const messenger = createMessenger({ world, appUrl, clientSecret, calls, faults });
  const server = createServer(
    routesOf(options, {
      world,
      faults,
      webhooks,
      app,
      calls,
      messenger,
      listing,
      referralHooks,
      appUrl,
      setAppUrl,
      seed,
    }),
  );

  const close = async () => {
    faults.close();
    if (server.listening) {
      const stopped = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await stopped;
    }
    await webhooks.close();
    await referralHooks.close();
    world.close();
  };
  try {
    const url = await listen(server, options.port, options.host ?? '127.0.0.1');
    return { url, world, messenger, setAppUrl, close };
  } catch (error) {
    await close();
    throw error;
  }
}

type Parts = Pick<Sandbox, 'world' | 'messenger' | 'setAppUrl'> & {
  faults: FaultBoard;
  webhooks: Webhooks;
  app: AppCalls;
  calls: CanvasCalls;
  listing: AppListing;
  referralHooks: RfHooks;
  appUrl: () => string;
  seed: () => void;
};

function routesOf(
  { clientId, clientSecret, settings = {}, ...options }: SandboxOptions,
  parts: Parts,
): Express {
  const { world, faults, webhooks, app, calls, messenger, listing, referralHooks, appUrl, setAppUrl, seed } =
    parts;
  const routes = express().disable('x-powered-by');
  const onUninstall = () => void app.postUninstall(world.workspace.id);
  routes.use(inboxPage({ world, appUrl, calls }));
  routes.use(messengerPages({ world, emit: webhooks.emit }, messenger));
  routes.use(oauth({ world, faults, appUrl, clientId, clientSecret, app: listing }));
  routes.use(finRoutes(world));
  routes.use(messageRoutes(options.caught ?? []));
  routes.use(payoutRoutes());
  routes.use(assistantRoutes(appUrl));
  routes.use(
    '/sandbox',
    adminApi({ world, faults, webhooks, app, calls, clientId, appUrl, setAppUrl, settings, seed }),
  );
  routes.use('/shop', shopRoutes({ appUrl, token: options.apiToken ?? null }));
  routes.use(referralFactoryApi({ world, hooks: referralHooks, faults }));
  routes.use(intercomApi({ world, emit: webhooks.emit, faults, onUninstall }));
  return routes;
}

/** Keeps what the admin API said before the last stop, unless it was a mood that there is no more. */
function startSettings(world: World, settings: SettingsChange): void {
  const stored = world.settings.get('settings');
  if (!stored) changeSettings(world, settings);
  else if (stored.mood !== undefined && !moods.includes(stored.mood))
    changeSettings(world, { mood: 'as-intercom', ...settings });
}

async function listen(server: Server, port: number, host: string): Promise<string> {
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string')
    throw new Error('The sandbox does not listen on a port');
  return `http://${host}:${address.port}`;
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}
