// The sandbox as its own process for the benchmark, with a clock that can run faster, counting allowed and refused
// calls.
import { subscribe } from 'node:diagnostics_channel';
import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import { createSandbox } from '../../../sandbox/sandbox.ts';
import { changeSettings } from '../../../sandbox/settings.ts';

const needs = z.object({
  appUrl: z.string(),
  clientId: z.string(),
  clientSecret: z.string(),
  epoch: z.number(),
  scale: z.number(),
  webhooks: z.boolean(),
});

/** Per window of Intercom's rate limit. */
type Window = { reset: number; calls: number; refused: number };
export type SandboxCount = { windows: Window[]; contacts: number };

const windows = new Map<number, Window>();

subscribe('http.server.response.finish', (message) => {
  const { response } = z.object({ response: z.custom<ServerResponse>() }).parse(message);
  const reset = Number(response.getHeader('x-ratelimit-reset') ?? 0);
  if (reset === 0) return;
  const window = windows.get(reset) ?? { reset, calls: 0, refused: 0 };
  windows.set(reset, window);
  if (response.statusCode === 429) window.refused += 1;
  else window.calls += 1;
});

process.once('message', async (message) => {
  const { epoch, scale, webhooks, ...options } = needs.parse(message);
  const now = () => epoch + (Date.now() - epoch) * scale;
  const sandbox = await createSandbox({ ...options, port: 0, folder: ':memory:', now });
  // No figure of the app depends on the lag, but the sandbox would spend this machine's time on it.
  changeSettings(sandbox.world, { search_lag_ms: 0, webhooks_enabled: webhooks });
  process.send?.({ port: Number(new URL(sandbox.url).port) });
  process.on('message', () => {
    const counted: SandboxCount = {
      windows: [...windows.values()],
      contacts: sandbox.world.contacts.all().length,
    };
    process.send?.(counted);
  });
});

process.once('disconnect', () => process.exit());
