// What the sandbox tells, and can be told, about its Referral Factory: the hooks set up there, and the writes that came.
import express from 'express';
import { z } from 'zod';
import type { World } from '../world.ts';

const hookSchema = z.strictObject({
  campaign_id: z.string(),
  event: z.enum(['user.join', 'user.qualified', 'reward.issued']),
  url: z.url({ protocol: /^https?$/ }),
  headers: z
    .record(z.string(), z.string())
    .refine((headers) => Object.keys(headers).length <= 3, 'has more than three headers')
    .default({}),
});
const nothing = z.strictObject({});

/** To be mounted at `/sandbox/referral-factory`, behind a JSON body reader. */
export function referralFactoryAdmin(world: World): express.Router {
  const { hooks, users } = world.referralFactory;
  const router = express.Router();
  router.get('/hooks', (_req, res) => res.json({ data: hooks.all() }));
  router.post('/hooks', (req, res) => {
    const hook = hookSchema.parse(req.body);
    const id = world.newNumericId();
    return res.status(201).json(hooks.put({ id, ...hook, sent: 0, last_status: null }));
  });
  router.post('/hooks/forget', (req, res) => {
    nothing.parse(req.body);
    hooks.clear();
    return res.status(204).end();
  });
  /** How often each user's qualification was written: what tells exactly-once from at-least-once. */
  router.get('/writes', (_req, res) =>
    res.json({
      data: users.all().map(({ id, email, qualified_at, qualification_writes }) => ({
        id,
        email,
        qualified: qualified_at !== null,
        qualification_writes,
      })),
    }),
  );
  return router;
}
