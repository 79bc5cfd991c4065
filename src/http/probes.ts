// Probes for operators: liveness, readiness and metrics.
import express from 'express';
import { withTimeout } from '../usecases/with-timeout.ts';

type ProbeDeps = {
  /** Readiness checks by name: database, queue, locks. A check rejects while its part does not work. */
  checks: Readonly<Record<string, () => Promise<void>>>;
  stopping(): boolean;
  /** The waiting deliveries that `/readyz` shows; null when none wait. They do not decide whether the process is ready. */
  backlog(): Promise<object | null>;
};

type MetricsReader = { read(): Promise<{ contentType: string; text: string }> };

/** A check without a result by then counts as failed: probes themselves give up after a few seconds. */
const checkWithinMs = 2_500;

/** `/healthz` says that the process lives; `/readyz` that it can serve and work, and is not about to stop. */
export function probeRoutes({ checks, stopping, backlog }: ProbeDeps): express.Router {
  const router = express.Router();
  router.get('/healthz', (_req, res) => void res.json({ status: 'ok' }));
  router.get('/readyz', async (_req, res) => {
    const parts = await Promise.all(
      Object.entries(checks).map(async ([name, check]) => [name, await stateOf(check)] as const),
    );
    const behind = await withTimeout(checkWithinMs, backlog(), () => null).catch(() => null);
    const ready = parts.every(([, state]) => state === 'ok') && !stopping();
    res.status(ready ? 200 : 503).json({
      status: ready ? 'ok' : 'not ready',
      ...Object.fromEntries(parts),
      stopping: stopping(),
      ...(behind && { deliveries: behind }),
    });
  });
  return router;
}

async function stateOf(check: () => Promise<void>): Promise<'ok' | 'read-only' | 'unreachable'> {
  try {
    await withTimeout(checkWithinMs, check(), () => {
      throw new Error('no answer in time');
    });
    return 'ok';
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    return code === '25006' ? 'read-only' : 'unreachable';
  }
}

export function metricsRoutes(metrics: MetricsReader): express.Router {
  const router = express.Router();
  router.get('/metrics', async (_req, res) => {
    const { contentType, text } = await metrics.read();
    res.type(contentType).send(text);
  });
  return router;
}
