// What an operator's tools ask: is the process alive, is it ready, what does it count.
import express from 'express';

export type ProbeDeps = {
  /** Rejects when the database does not answer. */
  ping(): Promise<void>;
  stopping(): boolean;
};

export type MetricsReader = { read(): Promise<{ contentType: string; text: string }> };

/** `/healthz` says that the process lives; `/readyz` that it can serve, and is not about to stop. */
export function probeRoutes({ ping, stopping }: ProbeDeps): express.Router {
  const router = express.Router();
  router.get('/healthz', (_req, res) => void res.json({ status: 'ok' }));
  router.get('/readyz', async (_req, res) => {
    const database = await ping().then(
      () => 'ok',
      () => 'unreachable',
    );
    const ready = database === 'ok' && !stopping();
    res
      .status(ready ? 200 : 503)
      .json({ status: ready ? 'ok' : 'not ready', database, stopping: stopping() });
  });
  return router;
}

/** `/metrics`, here or on a port of its own. */
export function metricsRoutes(metrics: MetricsReader): express.Router {
  const router = express.Router();
  router.get('/metrics', async (_req, res) => {
    const { contentType, text } = await metrics.read();
    res.type(contentType).send(text);
  });
  return router;
}
