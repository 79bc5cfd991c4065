// `POST /referrals/hooks/:workspaceId/:platform`: a referral platform says that something happened to somebody.
import express, { type Router } from 'express';
import type { Connecting } from '../../usecases/platforms/connecting.ts';

type Deps = {
  connecting: Pick<Connecting, 'takeHook'>;
  log: { info(fields: object, message: string): void };
};

/** To be mounted at /. Answers 200 once the hook is durable, and 401 whoever does not know the connection's secret. */
export function referralHookRoutes({ connecting, log }: Deps): Router {
  const router = express.Router();
  const bodies = [
    express.json({ limit: '256kb', strict: false }),
    express.urlencoded({ limit: '256kb', extended: false }),
  ];
  router.post('/referrals/hooks/:workspaceId/:platform', ...bodies, async (req, res) => {
    const { workspaceId, platform } = req.params;
    const secret = req.get('x-referral-desk-secret') ?? '';
    const taken = await connecting.takeHook({ workspaceId, platform, secret, body: req.body });
    if (taken === 'says-nothing') {
      log.info({ workspaceId, platform }, 'a hook named nobody: everything will be compared instead');
    }
    res.status(200).json({});
  });
  return router;
}
