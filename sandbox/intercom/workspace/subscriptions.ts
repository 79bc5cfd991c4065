// Subscription types, of which the sandbox's workspace has none.
import { Router } from 'express';
import { type Api, versionOf } from '../call.ts';
import { contactById } from '../contacts/contact-lookup.ts';

export function subscriptionRoutes({ world }: Api): Router {
  const router = Router();
  router.get('/subscription_types', (_req, res) => {
    res.json({ type: 'list', data: [] });
  });
  router.get('/contacts/:id/subscriptions', (req, res) => {
    contactById(world, req.params.id, versionOf(req));
    res.json({ type: 'list', data: [] });
  });
  return router;
}
