// Referral Factory's API v2 as the sandbox serves it, under /referral-factory/api/v2.
import express, { type RequestHandler, Router } from 'express';
import type { FaultBoard } from '../faults.ts';
import { settingsOf } from '../settings.ts';
import type { World } from '../world.ts';
import type { RfHooks } from './hooks.ts';
import { page, search } from './lists.ts';
import type { RfCampaign } from './records.ts';
import { answerRefusals, answerUnknown, notFound, refusal } from './refusal.ts';
import { rewardRoutes } from './rewards.ts';
import { userRoutes } from './users.ts';

export const apiPath = '/referral-factory/api/v2';
export const apiToken = 'sandbox-referral-token';

type Deps = { world: World; hooks: RfHooks; faults: Pick<FaultBoard, 'referralFactory'> };

export function referralFactoryApi(deps: Deps): Router {
  const { world } = deps;
  const api = Router();
  api.use(authenticate, limitRate(world), express.json());
  api.use(campaignRoutes(world), userRoutes(deps), rewardRoutes(deps));
  api.use(answerUnknown, answerRefusals);
  const router = Router();
  // Before the mount, where the path is still whole: `/users` alone is ambiguous.
  router.use(deps.faults.referralFactory);
  router.use(apiPath, api);
  return router;
}

const authenticate: RequestHandler = (req, _res, next) => {
  if (req.get('Authorization') !== `Bearer ${apiToken}`) throw refusal(401, 'Unauthenticated.');
  next();
};

/** Minutes of the clock, in this process only. */
function limitRate(world: World): RequestHandler {
  let minute = 0;
  let calls = 0;
  return (_req, res, next) => {
    const now = world.now();
    const current = Math.floor(now / 60);
    if (current !== minute) {
      minute = current;
      calls = 0;
    }
    calls += 1;
    const limit = settingsOf(world).referral_factory_per_minute;
    res.set({
      'X-RateLimit-Limit': String(limit),
      'X-RateLimit-Remaining': String(Math.max(0, limit - calls)),
    });
    if (calls > limit) {
      res.set('Retry-After', String(60 - (now % 60)));
      throw refusal(429, 'Too Many Attempts.');
    }
    next();
  };
}

function campaignRoutes(world: World): Router {
  const { campaigns } = world.referralFactory;
  const router = Router();
  router.get('/campaigns', (req, res) => res.json(page(req, campaigns.all(), campaignJson)));
  router.post('/campaigns/search', (req, res) =>
    res.json(page(req, search(req.body, campaigns.all()), campaignJson)),
  );
  router.get('/campaigns/:id', (req, res) => {
    const { id } = req.params;
    const found = campaigns.get(id) ?? campaigns.all().find((campaign) => campaign.code === id);
    if (!found) throw notFound();
    return res.json({ data: campaignJson(found) });
  });
  return router;
}

function campaignJson(campaign: RfCampaign) {
  const created = new Date(campaign.created_at * 1000).toISOString();
  return {
    ...campaign,
    id: Number(campaign.id),
    lang: 'en',
    reach: 0,
    starts_at: created,
    ends_at: null,
    created_at: created,
    fields: { person_referring: [], person_invited: [] },
    assets: { logo: null },
  };
}
