// /me and /admins: the workspace's teammates.
import { Router } from 'express';
import { type Api, adminOf } from '../call.ts';
import { notFound } from '../refusal.ts';
import { adminJson, adminWithAppJson } from './admin-json.ts';

export function adminRoutes({ world }: Api): Router {
  const router = Router();
  router.get('/me', (req, res) => {
    const admin = adminOf(world, req);
    res.json(admin ? adminWithAppJson(world, admin) : null);
  });
  router.get('/admins', (_req, res) => {
    res.json({ type: 'admin.list', admins: world.admins.all().map(adminJson) });
  });
  router.get('/admins/:id', (req, res) => {
    const admin = world.admins.get(req.params.id);
    if (!admin) throw notFound('Admin not found', 'admin_not_found');
    res.json(adminJson(admin));
  });
  return router;
}
