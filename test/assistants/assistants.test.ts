// AI assistants with the official client, through the real consent and sign-in: what they read, what they change, and
// how their access ends.
import type { Client } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tools } from '../../src/usecases/assistants/tools.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { connected } from '../support/assistant.ts';

let app: TestApp;
let reader: Client;

beforeAll(async () => {
  app = await startTestApp();
  reader = await connected(app);
});
afterAll(async () => {
  await reader?.close();
  await app?.close();
});

describe('An assistant that may read', () => {
  it('speaks the newest revision, and serves older clients at the same address', async () => {
    expect(reader.getNegotiatedProtocolVersion()).toBe('2026-07-28');
    const older = await connected(app, {}, 'legacy');
    expect((await older.listTools()).tools.length).toBeGreaterThan(0);
    await older.close();
  });

  it('sees the reading tools alone, each with a title, all hints and both schemas', async () => {
    const { tools: listed } = await reader.listTools();
    expect(listed.map(({ name }) => name).sort()).toEqual(
      tools
        .filter(({ access }) => access === 'read')
        .map(({ name }) => name)
        .sort(),
    );
    for (const { name, title, annotations, inputSchema, outputSchema } of listed) {
      expect(name.length).toBeLessThan(64);
      expect(title).toMatch(/\w/);
      expect(annotations).toMatchObject({ readOnlyHint: true, destructiveHint: false, idempotentHint: true });
      expect(annotations).toHaveProperty('openWorldHint');
      expect(inputSchema.type).toBe('object');
      expect(outputSchema?.type).toBe('object');
    }
  });
});
