// The sandbox's control API, which Intercom does not have: faults, forgetting, deliveries.
import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import { z } from 'zod';
import type { AppCalls } from './deliveries/app-calls.ts';
import type { Webhooks } from './deliveries/webhooks.ts';
import { type FaultBoard, faultSchema } from './faults.ts';
import type { CanvasCalls } from './inbox/canvas-calls.ts';
import { searchView } from './intercom/search/search-view.ts';
import { moods } from './moods.ts';
import { referralFactoryAdmin } from './referral-factory/admin.ts';
import { changeSettings, type SettingsChange, settingsOf } from './settings.ts';
import type { Delivery, Token, World } from './world.ts';

export type AdminDeps = {
  world: World;
  faults: FaultBoard;
  webhooks: Webhooks;
  app: AppCalls;
  calls: CanvasCalls;
  clientId: string;
  appUrl: () => string;
  setAppUrl: (url: string) => void;
  /** What holds after each reset, as it did at the start. */
  settings: SettingsChange;
  /** Fills an empty world with the story. */
  seed: () => void;
};

// A timer that is set further ahead than this goes off at once.
const longestWaitMs = 2 ** 31 - 1;

// Every request that changes something carries a JSON object. A page of another origin can send none without asking
// first, so none can reach this API through a browser on the same machine.
const nothing = z.strictObject({});
const resetSchema = z.strictObject({
  seed: z.boolean().default(true),
  keep_tokens: z.boolean().default(true),
});
const settingsSchema = z.strictObject({
  mood: z.enum(moods).exactOptional(),
  search_lag_ms: z.int().min(0).exactOptional(),
  time_scale: z.number().positive().exactOptional(),
  answer_ms: z.int().min(0).max(longestWaitMs).exactOptional(),
  refuse_every: z.int().min(0).exactOptional(),
  rate_limit_per_10s: z.int().min(1).exactOptional(),
  referral_factory_per_minute: z.int().min(1).exactOptional(),
  webhooks_enabled: z.boolean().exactOptional(),
  webhook_retry_ms: z.int().min(0).max(longestWaitMs).exactOptional(),
  webhook_copies: z.int().min(1).exactOptional(),
  webhook_delay_ms: z.int().min(0).max(longestWaitMs).exactOptional(),
  webhook_disorder: z.boolean().exactOptional(),
  merged_from: z.boolean().exactOptional(),
  lead_signed_up: z.boolean().exactOptional(),
  api_plan_restricted: z.boolean().exactOptional(),
  blocked_fields: z.array(z.string()).exactOptional(),
  refused_by: z.enum(['load-balancer', 'ip-allowlist']).nullable().exactOptional(),
  missing_scopes: z.array(z.string()).exactOptional(),
  identity_verification: z.boolean().exactOptional(),
  canvas_copies: z.int().min(1).max(5).exactOptional(),
  live_canvas_echo: z.enum(['both', 'content', 'content_url', 'rotate']).exactOptional(),
  visitor_mark: z.enum(['type', 'role']).exactOptional(),
  canvas_on_edit: z.boolean().exactOptional(),
});
const revokeSchema = z.union([
  z.strictObject({ token: z.string().min(1) }),
  z.strictObject({ all: z.literal(true) }),
]);
const appUrlSchema = z.strictObject({ url: z.url({ protocol: /^https?$/ }) });
const adminSchema = z.strictObject({ email_verified: z.boolean() });
const deliveriesSchema = z.strictObject({
  status: z.enum(['pending', 'delivered', 'failed', 'dropped']).optional(),
  topic: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

/** Serves `/sandbox/*`. */
export function adminApi(deps: AdminDeps): express.Router {
  const router = express.Router();
  router.use(express.json());

  router.get('/state', (_req, res) => res.json(stateOf(deps)));
  router.post('/reset', (req, res) => {
    reset(deps, resetSchema.parse(req.body));
    return res.json(stateOf(deps));
  });
  router.patch('/settings', (req, res) =>
    res.json(changeSettings(deps.world, settingsSchema.parse(req.body))),
  );
  router.put('/app-url', (req, res) => {
    deps.setAppUrl(appUrlSchema.parse(req.body).url);
    return res.json({ url: deps.appUrl() });
  });
  // What a thief of a request's bytes could do: nothing in a signed request says when it was sent.
  router.post('/canvas-requests/:id/replay', async (req, res) => {
    nothing.parse(req.body);
    const exchange = await deps.calls.replay(Number(req.params.id));
    if (!exchange) return void res.status(404).json({ error: 'Request not found.' });
    res.json(exchange);
  });
  router.post('/ping', async (req, res) => {
    nothing.parse(req.body);
    res.json(await deps.webhooks.ping());
  });
  router.use(faultRoutes(deps), tokenRoutes(deps), teammateRoutes(deps), deliveryRoutes(deps));
  router.use('/referral-factory', referralFactoryAdmin(deps.world));

  router.use(answerUnknown, answerProblem);
  return router;
}

function faultRoutes({ faults, webhooks }: AdminDeps): express.Router {
  const router = express.Router();
  router.get('/faults', (_req, res) => res.json({ data: faults.list() }));
  router.post('/faults', (req, res) => res.status(201).json({ id: faults.add(faultSchema.parse(req.body)) }));
  router.delete('/faults', (_req, res) => {
    faults.clear();
    webhooks.releaseHeld();
    res.status(204).end();
  });
  router.delete('/faults/:id', (req, res) => {
    if (!faults.remove(req.params.id)) return res.status(404).json({ error: 'Fault not found.' });
    return res.status(204).end();
  });
  return router;
}

function tokenRoutes({ world, app, clientId }: AdminDeps): express.Router {
  const router = express.Router();
  const revoke = (token: Token) => world.tokens.put({ ...token, revoked: true });

  router.post('/tokens/revoke', (req, res) => {
    const request = revokeSchema.parse(req.body);
    if ('token' in request) {
      revoke(world.tokens.get(request.token) ?? unissuedToken(world, request.token, clientId));
      return res.json({ revoked: 1 });
    }
    return res.json({ revoked: world.tokens.all().map(revoke).length });
  });
  // What a teammate does in Intercom's App Store: the tokens die, and the app is told.
  router.post('/uninstall', async (req, res) => {
    nothing.parse(req.body);
    world.tokens.all().map(revoke);
    res.json({ answered: await app.postUninstall(world.workspace.id) });
  });
  return router;
}

/** What the workspace's owner does in Intercom's settings. */
function teammateRoutes({ world }: AdminDeps): express.Router {
  const router = express.Router();
  router.patch('/admins/:id', (req, res) => {
    const admin = world.admins.get(req.params.id);
    if (!admin) return res.status(404).json({ error: 'Teammate not found.' });
    return res.json(world.admins.put({ ...admin, ...adminSchema.parse(req.body) }));
  });
  router.delete('/admins/:id', (req, res) => {
    if (!world.admins.get(req.params.id)) return res.status(404).json({ error: 'Teammate not found.' });
    world.admins.remove(req.params.id);
    return res.status(204).end();
  });
  return router;
}

function deliveryRoutes({ world, webhooks }: AdminDeps): express.Router {
  const router = express.Router();
  router.get('/deliveries', (req, res) => {
    const { status, topic, limit } = deliveriesSchema.parse(req.query);
    const wanted = world.deliveries
      .all()
      .filter(
        (delivery) =>
          (status ?? delivery.status) === delivery.status && (topic ?? delivery.topic) === delivery.topic,
      );
    return res.json({ data: wanted.slice(-limit).reverse().map(deliveryJson) });
  });
  router.post('/deliveries/:id/redeliver', (req, res) => {
    nothing.parse(req.body);
    if (!world.deliveries.get(req.params.id)) {
      return res.status(404).json({ error: 'Delivery not found.' });
    }
    if (webhooks.redeliver(req.params.id)) return res.status(202).json({});
    return res.status(409).json({ error: 'This delivery is still in progress.' });
  });
  return router;
}

function stateOf({ world, appUrl, faults }: AdminDeps) {
  const deliveries = world.deliveries.all();
  const count = (status: Delivery['status']) =>
    deliveries.filter((delivery) => delivery.status === status).length;
  return {
    workspace: world.workspace,
    app_url: appUrl(),
    settings: settingsOf(world),
    counts: {
      contacts: world.contacts.all().length,
      conversations: world.conversations.all().length,
      admins: world.admins.all().length,
      live_tokens: world.tokens.all().filter((token) => !token.revoked).length,
    },
    deliveries: {
      pending: count('pending'),
      delivered: count('delivered'),
      failed: count('failed'),
      dropped: count('dropped'),
    },
    faults: faults.list(),
  };
}

function reset({ world, faults, settings, seed }: AdminDeps, how: z.infer<typeof resetSchema>): void {
  const tokens = how.keep_tokens ? world.tokens.all() : [];
  faults.clear();
  world.reset();
  changeSettings(world, settings);
  for (const token of tokens) world.tokens.put(token);
  if (how.seed) seed();
  searchView(world).catchUp();
}

/** Lets the fixed token, which no OAuth page ever gave out, be revoked like any other. */
function unissuedToken(world: World, id: string, clientId: string): Token {
  const admin_id = world.admins.all()[0]?.id ?? '';
  return { id, client_id: clientId, admin_id, revoked: false, created_at: world.now() };
}

function deliveryJson(delivery: Delivery) {
  return { ...delivery, body: JSON.parse(delivery.body) };
}

const answerUnknown: RequestHandler = (_req, res) => {
  res.status(404).json({ error: 'Path not found in the sandbox.' });
};

const badBody = z.object({ status: z.int().min(400).max(499), message: z.string() });

const answerProblem: ErrorRequestHandler = (error, _req, res, next) => {
  if (error instanceof z.ZodError) {
    const problems = error.issues.map(({ path, message }) => ({ field: path.join('.'), message }));
    res.status(400).json({ error: 'Send a JSON object (application/json) in the expected form.', problems });
    return;
  }
  const bad = badBody.safeParse(error);
  if (!bad.success) return next(error);
  res.status(bad.data.status).json({ error: bad.data.message });
};
