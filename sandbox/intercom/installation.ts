// What the app can say about its own installation: how it is, and that it is over.
import { Router } from 'express';
import { z } from 'zod';
import { changeSettings } from '../settings.ts';
import type { World } from '../world.ts';
import { type Api, fixedToken, read, tokenOf } from './call.ts';

const longestText = 2084;
const text = z.string().min(1).max(longestText);
const statusSchema = z
  .object({
    state: z.enum(['OK', 'UNHEALTHY', 'UNKNOWN'], 'must be OK, UNHEALTHY or UNKNOWN'),
    message: text.optional(),
    cta_type: z.enum(['URL_CTA', 'REINSTALL_CTA']).optional(),
    cta_label: text.optional(),
    cta_url: z.url().max(longestText).optional(),
  })
  .refine((status) => status.state !== 'UNHEALTHY' || status.message !== undefined, {
    path: ['message'],
    message: 'is needed when the state is UNHEALTHY',
  })
  .refine(
    (status) =>
      status.cta_type !== 'URL_CTA' || (status.cta_label !== undefined && status.cta_url !== undefined),
    { path: ['cta_url'], message: 'is needed with cta_label when the cta_type is URL_CTA' },
  );

export function installationRoutes({ world, onUninstall }: Api): Router {
  const router = Router();
  router.post('/auth/uninstall', (req, res) => {
    revokeAll(world, tokenOf(world, req)?.id);
    onUninstall?.();
    res.json({});
  });
  router.post('/app_install/status', (req, res) => {
    const status = read(statusSchema, req.body);
    changeSettings(world, { app_install_status: status });
    res.json({});
  });
  return router;
}

/** An uninstalled app loses every token it was given; the fixed one belongs to the sandbox and stays. */
function revokeAll(world: World, id: string | undefined): void {
  const clientId = id === undefined ? undefined : world.tokens.get(id)?.client_id;
  if (id === fixedToken || clientId === undefined) return;
  for (const token of world.tokens.all()) {
    if (token.client_id === clientId) world.tokens.put({ ...token, revoked: true });
  }
}
