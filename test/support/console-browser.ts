// The console in a real browser: signed in through the sandbox's own pages, and looked at for what a reader would miss.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { z } from 'zod';
import { startTestApp, type TestApp } from './app.ts';
import { openBrowser } from './browser.ts';

export type ConsoleBrowser = {
  app: TestApp;
  browser: Browser;
  /** What pages said is wrong, in their consoles: refused by the content security policy, for one. */
  complaints: string[];
  /** A page at this address of the console, signed in as the teammate who installed the app. */
  open(path: string, options?: BrowserContextOptions): Promise<Page>;
  close(): Promise<void>;
};

export const phone: BrowserContextOptions = { viewport: { width: 360, height: 760 } };
export const dark: BrowserContextOptions = { colorScheme: 'dark' };

export async function startConsoleBrowser(
  options: Parameters<typeof startTestApp>[0] = {},
): Promise<ConsoleBrowser> {
  const app = await startTestApp(options);
  const browser = await openBrowser();
  const complaints: string[] = [];
  return {
    app,
    browser,
    complaints,
    async open(path, more = {}) {
      const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, ...more });
      const page = await context.newPage();
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text());
      });
      await page.goto(`${app.url}${path}`);
      await page.getByRole('link', { name: 'Sign in with Intercom' }).click();
      await page.getByRole('button', { name: 'Authorize access' }).click();
      await page.waitForURL(`${app.url}${path}`);
      return page;
    },
    async close() {
      await browser.close();
      await app.close();
    },
  };
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const found = z.array(
  z.object({ id: z.string(), impact: z.string().nullish(), nodes: z.array(z.object({ html: z.string() })) }),
);

/** What axe calls serious or critical on this page, with where; and whether it has to be moved sideways. */
export async function problemsOf(page: Page): Promise<string[]> {
  // Not as a script of the page's own, which its content security policy would refuse.
  const violations = found.parse(
    await page.evaluate(`${axe}; axe.run().then(({ violations }) => violations)`),
  );
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  const sideways = await page.evaluate('document.documentElement.scrollWidth > innerWidth');
  return [
    ...serious.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`)),
    ...(sideways ? ['the page is wider than the window'] : []),
  ];
}
