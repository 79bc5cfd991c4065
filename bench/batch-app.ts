// The app as a process of the benchmark's own: as it is always, but for a clock that may go faster, and a token at once.

import { z } from 'zod';
import { createApp } from '../src/app.ts';
import { readConfig } from '../src/config.ts';
import { byCommand } from '../src/domain/workspace/audit.ts';
import { createLog } from '../src/log.ts';
import { issueApiToken } from '../src/usecases/workspace/api-tokens.ts';

const needs = z.object({
  environment: z.record(z.string(), z.string()),
  epoch: z.number(),
  scale: z.number(),
});

process.once('message', async (message) => {
  const { environment, epoch, scale } = needs.parse(message);
  const now = () => new Date(epoch + (Date.now() - epoch) * scale);
  // The sandbox finds at once what is new: an answer that a crowded machine loses need not be waited for.
  const overrides = { searchLagMs: 1_000, ...(scale === 1 ? {} : { now }) };
  const app = await createApp(readConfig(environment), createLog('warn'), overrides);
  const { token } = await issueApiToken(app.ctx, 'sandbox', 'benchmark', byCommand);
  process.send?.({ token });
  process.once('SIGTERM', () => void app.close().then(() => process.exit()));
});

process.once('disconnect', () => process.exit());
