// Referral Factory's rewards: due once a lead is qualified, then issued or canceled by hand.
import { Router } from 'express';
import { z } from 'zod';
import type { World } from '../world.ts';
import type { RfHooks } from './hooks.ts';
import { page, search } from './lists.ts';
import type { RfReward, RfUser } from './records.ts';
import { notFound, read, refusal } from './refusal.ts';

const metricSchema = z.enum(['amount', 'commission', 'coupon', 'custom']);

/** The referrer of a lead that is qualified now has a reward coming. */
export function earn(world: World, lead: RfUser): void {
  if (lead.referrer_id === null) return;
  world.referralFactory.rewards.put({
    id: world.newNumericId(),
    reward_id: '1',
    metric: 'amount',
    state: 'due',
    recipient_id: lead.referrer_id,
    lead_id: lead.id,
  });
}

/** What is due no more is gone; what was issued stays issued. */
export function unearn(world: World, lead: RfUser): void {
  const { rewards } = world.referralFactory;
  for (const reward of rewards.all())
    if (reward.lead_id === lead.id && reward.state === 'due') rewards.remove(reward.id);
}

export function rewardRoutes({ world, hooks }: { world: World; hooks: RfHooks }): Router {
  const { rewards, users } = world.referralFactory;
  const router = Router();
  const rewardsOf = (metric: string, state: RfReward['state']) => {
    const wanted = read(metricSchema, metric);
    return rewards.all().filter((reward) => reward.metric === wanted && reward.state === state);
  };

  router.get('/rewards/dashboard/:metric', (req, res) => {
    const { metric } = req.params;
    return res.json({
      data: { due: rewardsOf(metric, 'due').length, issued: rewardsOf(metric, 'issued').length },
    });
  });
  for (const state of ['due', 'issued'] as const) {
    router.get(`/rewards/${state}/:metric`, (req, res) =>
      res.json(page(req, rewardsOf(req.params.metric, state), rewardJson)),
    );
    router.post(`/rewards/${state}/:metric/search`, (req, res) =>
      res.json(page(req, search(req.body, rewardsOf(req.params.metric, state)), rewardJson)),
    );
  }
  const settle = (id: string, to: 'issued' | 'canceled') => {
    const reward = rewards.get(id);
    if (!reward) throw notFound();
    if (reward.state !== 'due') throw refusal(406, 'This reward is not due.');
    const now = rewards.put({ ...reward, state: to });
    const lead = users.get(reward.lead_id);
    if (to === 'issued' && lead) hooks.send('reward.issued', lead);
    return { data: rewardJson(now) };
  };
  router.post('/rewards/issue/:id', (req, res) => res.json(settle(req.params.id, 'issued')));
  router.post('/rewards/cancel/:id', (req, res) => res.json(settle(req.params.id, 'canceled')));
  return router;
}

function rewardJson(reward: RfReward) {
  return {
    id: Number(reward.id),
    reward_id: Number(reward.reward_id),
    recipient_id: Number(reward.recipient_id),
    can_be_issued: reward.state === 'due',
    coupon: null,
    count: 1,
    total: 15,
  };
}
