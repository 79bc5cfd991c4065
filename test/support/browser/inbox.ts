// The sandbox's inbox page in a real browser, with a fake app behind it.
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { createSandbox, type Sandbox } from '../../../sandbox/sandbox.ts';
import { type FakeApp, startFakeApp } from '../../sandbox/fake-app.ts';
import { closePages, openBrowser } from './browser.ts';

export type Inbox = {
  app: FakeApp;
  sandbox: Sandbox;
  browser: Browser;
  /** URLs that pages requested from other hosts than the sandbox. */
  outside: string[];
  /** Errors in the pages' consoles. */
  complaints: string[];
  open(path?: string, options?: BrowserContextOptions): Promise<Page>;
  close(): Promise<void>;
};

export async function startInbox(): Promise<Inbox> {
  const app = await startFakeApp();
  const sandbox = await createSandbox({
    port: 0,
    folder: ':memory:',
    appUrl: app.url,
    clientId: 'client',
    clientSecret: 'secret',
  });
  const browser = await openBrowser();
  const outside: string[] = [];
  const complaints: string[] = [];
  return {
    app,
    sandbox,
    browser,
    outside,
    complaints,
    async open(path = '/', options = {}) {
      const context = await browser.newContext({ viewport: { width: 1360, height: 860 }, ...options });
      const page = await context.newPage();
      page.on('request', (request) => {
        if (!request.url().startsWith(sandbox.url)) outside.push(request.url());
      });
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text());
      });
      await page.goto(sandbox.url + path);
      return page;
    },
    async close() {
      await closePages();
      await sandbox.close();
      app.close();
    },
  };
}
