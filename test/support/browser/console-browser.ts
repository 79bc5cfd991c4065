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
const screens: readonly Screen[] = [desktop, dark, phone];

export async function startConsoleBrowser(
  options: Parameters<typeof startTestApp>[0] = {},
): Promise<ConsoleBrowser> {
  return consoleBrowserOf(await startTestApp(options));
}

export async function consoleBrowserOf(app: TestApp): Promise<ConsoleBrowser> {
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
 * and no further than anyone looks in a document.
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

/**
 * Shows a page of the app as it is drawn, by its markup alone: no load, no script, no wait. For pictures it is opened.
 * Resolves with the markup.
 */
export async function show(page: Page, url: string): Promise<string> {
  if (process.env.PICTURES) {
    await page.goto(url);
    return page.content();
  }
  const answer = await page.request.get(url);
  const text = await answer.text();
  const style = /<link rel="stylesheet" href="([^"]+)">/.exec(text)?.[1];
  const sheet = style === undefined ? '' : await sheetAt(page, new URL(style, url).href);
  const bare = text.replaceAll(/<script[^>]*><\/script>|<link rel="stylesheet"[^>]*>/g, '');
  await page.setContent(bare.replace('</head>', () => `<style>${sheet}</style></head>`));
  return text;
}

const sheets = new Map<string, Promise<string>>();

function sheetAt(page: Page, url: string): Promise<string> {
  const sheet = sheets.get(url) ?? page.request.get(url).then((answer) => answer.text());
  sheets.set(url, sheet);
  return sheet;
}

const wide: Screen = { viewport: { width: 1440, height: 900 } };
const narrow: Screen = { viewport: { width: 390, height: 844 } };

/** What was styled so before has its colors looked at already, in this theme. */
const seenStyles = { light: new Set<string>(), dark: new Set<string>() };

function hasNewStyles(markup: string, theme: keyof typeof seenStyles): boolean {
  const styles = markup.match(/<\w+(?= |>)|class="[^"]*"|type="[^"]*"|aria-current|aria-invalid/g) ?? [];
  const fresh = styles.filter((style) => !seenStyles[theme].has(style));
  for (const style of fresh) seenStyles[theme].add(style);
  return fresh.length > 0;
}

/**
 * axe's serious and critical findings at 1440 and 390 pixels in both themes, with their places; what the keyboard does not
 * reach or does not show; and whether the page scrolls sideways. Colors are looked at where a page has styles that none
 * before it had: they do not depend on the width.
 */
export async function problemsOf(page: Page, markup?: string): Promise<string[]> {
  // Not as a script of the page's own, which its content security policy would refuse.
  await page.evaluate(`globalThis.axe ?? (() => { ${axe} })(); undefined`);
  const shown = markup ?? (await page.content());
  await turnTo(page, wide);
  const problems = [
    ...(await axeFindings(page, hasNewStyles(shown, 'light') ? '{}' : withoutColors)),
    ...(await keyboardProblems(page)),
    ...(await sidewaysProblems(page, 1440)),
  ];
  if (hasNewStyles(shown, 'dark')) {
    await turnTo(page, { ...wide, ...dark });
    problems.push(...(await axeFindings(page, onlyColors)));
  }
  await turnTo(page, narrow);
  problems.push(...(await axeFindings(page, onlyLayout)), ...(await sidewaysProblems(page, 390)));
  await turnTo(page, wide);
  return problems;
}

const withoutColors = `{ rules: { 'color-contrast': { enabled: false } } }`;
const onlyColors = `{ runOnly: ['color-contrast'] }`;
const onlyLayout = `{ runOnly: ['scrollable-region-focusable', 'link-in-text-block'] }`;

async function axeFindings(page: Page, options: string): Promise<string[]> {
  const violations = found.parse(
    await page.evaluate(
      `axe.run({ resultTypes: ['violations'], ...${options} }).then(({ violations }) => violations)`,
    ),
  );
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  return serious.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
}

const sidewaysProblems = async (page: Page, width: number) =>
  (await page.evaluate('document.documentElement.scrollWidth > innerWidth'))
    ? [`the page is wider than ${width} pixels`]
    : [];

/** Each control takes the focus, in the order of the page, and shows it; each form is sent by Enter. */
async function keyboardProblems(page: Page): Promise<string[]> {
  const problems = await page.evaluate(`(() => {
    const controls = [...document.querySelectorAll('a[href], button, input:not([type="hidden"]), select, textarea, summary')]
      .filter((control) => control.checkVisibility() && !control.disabled && !control.matches(':disabled') && control.tabIndex >= 0);
    const problems = [];
    for (const control of controls) {
      const name = control.outerHTML.slice(0, 120);
      if (control.tabIndex > 0) problems.push('out of order: ' + name);
      control.focus({ focusVisible: true });
      const { outlineStyle, outlineWidth } = getComputedStyle(control);
      if (document.activeElement !== control) problems.push('takes no focus: ' + name);
      else if (outlineStyle === 'none' || outlineWidth === '0px') problems.push('shows no focus: ' + name);
    }
    for (const form of document.forms)
      if (![...form.elements].some(({ type }) => type === 'submit' || type === 'image'))
        problems.push('is not sent by Enter: ' + form.outerHTML.slice(0, 120));
    document.activeElement?.blur();
    return problems;
  })()`);
  return z.array(z.string()).parse(problems);
}
