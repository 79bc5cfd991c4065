// The console in a real browser: signs in through the sandbox's own pages, and checks what a reader would miss.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { z } from 'zod';
import { startTestApp, type TestApp } from '../app.ts';
import { closePages, openBrowser, patienceMs } from './browser.ts';

export type ConsoleBrowser = {
  app: TestApp;
  browser: Browser;
  /** Errors in the pages' consoles, such as violations of the content security policy. */
  complaints: string[];
  /** A page at this address of the console, signed in as the teammate who installed the app. */
  open(path: string, options?: BrowserContextOptions): Promise<Page>;
  close(): Promise<void>;
};

export type Screen = Pick<BrowserContextOptions, 'viewport' | 'colorScheme'>;

const desktop: Screen = { viewport: { width: 1280, height: 860 } };
const phone: Screen = { viewport: { width: 360, height: 760 } };
const dark: Screen = { colorScheme: 'dark' };
export const screens: readonly Screen[] = [desktop, dark, phone];

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
      const context = await browser.newContext({ ...desktop, ...more });
      context.setDefaultTimeout(patienceMs);
      context.on('weberror', (error) => complaints.push(error.error().message));
      context.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text());
      });
      const page = await context.newPage();
      await page.goto(`${app.url}${path}`);
      await page.getByRole('link', { name: 'Sign in with Intercom' }).click();
      await page.getByRole('button', { name: 'Authorize access' }).click();
      await page.waitForURL(`${app.url}${path}`);
      return page;
    },
    async close() {
      await closePages();
      await app.close();
    },
  };
}

/** Shows the page as on this screen, without loading it again. */
export async function turnTo(page: Page, { viewport, colorScheme }: Screen): Promise<void> {
  await page.emulateMedia({ colorScheme: colorScheme ?? 'light' });
  await page.setViewportSize(viewport ?? { width: 1280, height: 860 });
}

/** The pages that the documents also show in the dark and on a phone. */
const onEveryScreen = ['console-home', 'console-campaign'];

/**
 * Where PICTURES names a folder, a picture of this page for the documents: from its top, as far as there is something on it
 * and no further than anybody looks in a document.
 */
export async function picture(page: Page, name: string, on: Screen = desktop, most = 1370): Promise<void> {
  const folder = process.env.PICTURES;
  const screen = on === dark ? '-dark' : on === phone ? '-phone' : '';
  const usual = page.viewportSize();
  if (!folder || !usual || (screen !== '' && !onEveryScreen.includes(name))) return;
  await page.evaluate('scrollTo({ top: 0, behavior: "instant" })');
  const end = await page.evaluate(
    'document.querySelector("main > :last-child").getBoundingClientRect().bottom',
  );
  // A window as tall as the picture: elements fixed to the window would end in the middle of a taller picture.
  const height = Math.min(most, Math.max(580, Math.ceil(Number(end)) + 24));
  await page.setViewportSize({ width: on === phone ? 390 : usual.width, height });
  await page.screenshot({ path: join(folder, `${name}${screen}.png`) });
  await page.setViewportSize(usual);
}

/** Pictures of the page on every screen that the documents show it on. */
export async function pictures(page: Page, name: string): Promise<void> {
  if (!process.env.PICTURES) return;
  for (const screen of screens) {
    await turnTo(page, screen);
    await picture(page, name, screen);
  }
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const found = z.array(
  z.object({ id: z.string(), impact: z.string().nullish(), nodes: z.array(z.object({ html: z.string() })) }),
);

/** Has these looked at two at a time: in the page, and in another one of the same signed-in browser. */
export async function lookAtEach<Item>(
  page: Page,
  items: readonly Item[],
  look: (page: Page, item: Item) => Promise<void>,
): Promise<void> {
  const left = items.values();
  const other = await page.context().newPage();
  const lookOn = async (at: Page) => {
    for (const item of left) await look(at, item);
  };
  await Promise.all([page, other].map(lookOn));
  await other.close();
}

/** Only colors differ there, so axe looks at nothing else again. */
const inTheDark = `matchMedia('(prefers-color-scheme: dark)').matches`;

/** On each screen: axe's serious and critical findings with their places, and whether the page scrolls sideways. */
export async function problemsOf(page: Page, on: readonly Screen[] = [desktop]): Promise<string[]> {
  // Not as a script of the page's own, which its content security policy would refuse.
  await page.evaluate(`${axe}; undefined`);
  const problems: string[] = [];
  for (const screen of on) {
    await turnTo(page, screen);
    for (const problem of await problemsHere(page)) {
      problems.push(`${problem} (${JSON.stringify(screen)})`);
    }
  }
  return problems;
}

async function problemsHere(page: Page): Promise<string[]> {
  const violations = found.parse(
    await page.evaluate(
      `axe.run({ resultTypes: ['violations'], ...(${inTheDark} && { runOnly: 'cat.color' }) }).then(
        ({ violations }) => violations)`,
    ),
  );
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  const sideways = await page.evaluate('document.documentElement.scrollWidth > innerWidth');
  return [
    ...serious.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`)),
    ...(sideways ? ['the page is wider than the window'] : []),
  ];
}
