// A real browser for tests, out of an npm package: no download, nothing to install on the machine.
import chromium from '@sparticuz/chromium';
import { type Browser, chromium as playwright } from 'playwright-core';

/** How long a page may take to come to say something: the machine may be slow. */
export const patienceMs = 120_000;

let shared: Promise<Browser> | undefined;

/** Chromium, which all files of a worker share and which ends with it. A file ends with `closePages`. */
export function openBrowser(): Promise<Browser> {
  shared ??= launch();
  return shared;
}

/** Closes all that the file opened; the next file of the worker goes on with the same browser. */
export async function closePages(): Promise<void> {
  const browser = await shared;
  for (const context of browser?.contexts() ?? []) await context.close();
}

async function launch(): Promise<Browser> {
  return playwright.launch({
    executablePath: await chromium.executablePath(),
    headless: true,
    // Containers run tests as root, and Chromium's own sandbox refuses root. The rest keeps it from calling home.
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
