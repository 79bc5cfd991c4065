// The app as its own process for the benchmark: unchanged except for a clock that can run faster, and a token from the
// start.

import { z } from 'zod';
import { createApp } from '../../../src/app.ts';
import { readConfig } from '../../../src/config.ts';
import { byCommand } from '../../../src/domain/workspace/audit.ts';
import { createLog } from '../../../src/log.ts';
import { issueApiToken } from '../../../src/usecases/workspace/api-tokens.ts';

const needs = z.object({
  environment: z.record(z.string(), z.string()),
  epoch: z.number(),
  scale: z.number(),
});

process.once('message', async (message) => {
  const { environment, epoch, scale } = needs.parse(message);
  const now = () => new Date(epoch + (Date.now() - epoch) * scale);
  // The sandbox's search has no lag, so a response that was lost on a busy machine needs no wait.
  const overrides = { searchLagMs: 1_000, ...(scale === 1 ? {} : { now }) };
  const app = await createApp(readConfig(environment), createLog('warn'), overrides);
  const { token } = await issueApiToken(app.ctx, 'sandbox', 'benchmark', byCommand);
  process.send?.({ token });
  process.once('SIGTERM', () => void app.close().then(() => process.exit()));
});

process.once('disconnect', () => process.exit());
