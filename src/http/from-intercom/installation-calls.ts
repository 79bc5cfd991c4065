// Intercom's calls about an installation: the health check and the uninstall.
import express, { type Request, type Router } from 'express';
import type { z } from 'zod';
import type { Context } from '../../context.ts';
import { Failure } from '../../failure.ts';
import { type Verification, verifyBodySignature } from '../../intercom/incoming/signature.ts';
import { healthCall, uninstallCall } from '../../intercom/incoming/wire.ts';
import { installationHealth } from '../../usecases/workspace/health.ts';
import { createUninstallClaims, uninstall } from '../../usecases/workspace/uninstall.ts';
import { jsonIn, readRawBody } from './raw-body.ts';

type Deps = {
  ctx: Context;
  clientSecrets: readonly string[];
};

const largestBody = 64 * 1024;

/** `POST /intercom/health` and `POST /intercom/uninstall`. */
export function installationCallRoutes({ ctx, clientSecrets }: Deps): Router {
  const router = express.Router();
  const uninstallIfRevoked = createUninstallClaims(ctx);

  async function read(req: Request): Promise<{ raw: Buffer; signature: Verification }> {
    const raw = await readRawBody(req, largestBody);
    return { raw, signature: verifyBodySignature(raw, req.headers['x-body-signature'], clientSecrets) };
  }

  router.post('/intercom/health', async (req, res) => {
    const { raw, signature } = await read(req);
    if (signature !== 'valid') throw new Failure('unauthorized', `The signature is ${signature}.`);
    res.json(await installationHealth(ctx, parsed(healthCall, raw).workspace_id));
  });

  // https://developers.intercom.com/docs/build-an-integration/learn-more/authentication/installing-uninstalling-apps
  // does not mention a signature, so without one we test the token instead.
  router.post('/intercom/uninstall', async (req, res) => {
    const { raw, signature } = await read(req);
    if (signature !== 'valid' && signature !== 'missing')
      throw new Failure('unauthorized', `The signature is ${signature}.`);
    const { app_id } = parsed(uninstallCall, raw);
    await (signature === 'valid' ? uninstall(ctx, app_id) : uninstallIfRevoked(app_id));
    res.json({});
  });
  return router;
}

function parsed<S extends z.ZodType>(schema: S, raw: Buffer): z.output<S> {
  const read = schema.safeParse(jsonIn(raw));
  if (read.success) return read.data;
  throw new Failure('unreadable', 'The body does not name a workspace.');
}
