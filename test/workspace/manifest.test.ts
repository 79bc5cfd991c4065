// What the Developer Hub is told, held against what the running app serves, asks for and handles.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { region } from '../../src/domain/region.ts';
import { topics } from '../../src/intercom/incoming/notification.ts';
import { readManifest, withoutQuery } from '../../src/manifest.ts';
import { type Desk, publicUrl, startDesk } from '../support/installing.ts';
import { runCommandHere } from '../support/process/command.ts';
import { servedRoutes } from '../support/served-routes.ts';

const manifest = readManifest();

let desk: Desk;

beforeAll(async () => {
  desk = await startDesk();
});
afterAll(() => desk?.stop());

describe('The manifest', () => {
  it('names every route that the app serves to Intercom and to those who install it, and no other', async () => {
    const served = await servedRoutes(desk.url);
    expect(served).toContain('GET /healthz');
    const forIntercom = served.filter((route) => / \/(intercom|install)\b/.test(route));
    const named = manifestRoutes().map(({ method, path }) => `${method} ${path}`);
    // The app's own canvases name these.
    const reached = [...named, 'POST /intercom/messenger/content', 'POST /intercom/messenger/sheet'];
    expect(reached.toSorted()).toEqual(forIntercom);
  });

  it.each(manifestRoutes())('names $path, and the app has an answer for it', async ({ method, path }) => {
    const answer = await fetch(desk.url + path, { method, redirect: 'manual' });
    expect(answer.status).not.toBe(404);
    expect(answer.status).toBeLessThan(500);
  });

  it('subscribes to every topic that is understood, and to no other', () => {
    expect(manifest.webhooks.topics).toEqual(topics);
  });

  it('has the regions that the app knows', () => {
    expect(manifest.regions).toEqual(region.options);
  });

  it('asks for what Canvas Kit forces and for what the app writes, each with its reason', () => {
    const names = manifest.scopes.map(({ name }) => name);
    const forced = manifest.scopes.filter((scope) => scope.forcedByCanvasKit).map(({ name }) => name);
    expect(forced.toSorted()).toEqual([
      'Gather App data',
      'Read admins',
      'Read and list users and companies',
      'Read conversations',
    ]);
    expect(names.filter((name) => !forced.includes(name))).toEqual([
      'Write users and companies',
      'Write data attributes',
      'Read tags',
      'Write tags',
      'Write events',
      'Read data connectors',
      'Write data connectors',
    ]);
    for (const { reason } of manifest.scopes) expect(reason.length).toBeGreaterThan(20);
  });
});

describe('npm run manifest', () => {
  const run = (env: Record<string, string>) => runCommandHere('manifest', [], env);

  it('prints every address in full and every scope, to be ticked off', async () => {
    const { stdout } = await run({ PUBLIC_URL: `${publicUrl}/` });
    for (const { path } of manifestRoutes()) {
      expect(stdout).toMatch(new RegExp(`^ +\\[ \\] .*${publicUrl}${path}( |$)`, 'm'));
    }
    for (const { name } of manifest.scopes) expect(stdout).toContain(`[ ] Permission: ${name}`);
    expect(stdout).toContain(`Version: ${manifest.apiVersion}`);
  });

  it('asks for PUBLIC_URL when it does not know the address', async () => {
    expect(await run({})).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('PUBLIC_URL is not set'),
    });
  });
});

/**
 * Every route that Intercom is told of: what it calls with POST, what a browser is sent to, and the HEAD by which it
 * tries the address for notifications.
 */
function manifestRoutes(): { method: 'GET' | 'HEAD' | 'POST'; path: string }[] {
  const { installUrl, redirectUrls, healthUrl, uninstallUrl } = manifest.installation;
  const webhooks = manifest.webhooks.url;
  const canvases = Object.values(manifest.canvasKit).flatMap((urls) => Object.values(urls));
  const called = [...canvases, webhooks, healthUrl, uninstallUrl];
  const all = (method: 'GET' | 'HEAD' | 'POST', paths: (string | null)[]) =>
    paths.filter((path) => path !== null).map((path) => ({ method, path }));
  return [
    ...all('GET', [withoutQuery(installUrl), ...redirectUrls]),
    ...all('HEAD', [webhooks]),
    ...all('POST', called),
  ];
}
