// `npm run bench`: how fast every page of the console is, with 100,000 referrals, as many rewards, and their history.
import { createHash } from 'node:crypto';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { fillConsole } from './support/console-data.ts';
import { startFilledApp } from './support/filled-app.ts';
import { measuredWorkspace } from './support/referrals.ts';
import { below, type Line, median, printLines } from './support/report.ts';
import { onStage, type Stage } from './support/stage.ts';

const { values: given } = parseArgs({
  options: {
    referrals: { type: 'string', default: '100000' },
    times: { type: 'string', default: '15' },
    json: { type: 'boolean', default: false },
  },
});
const goalMs = 50;
const teammateId = '5017690';

/** Filters that teammates use and that no link leads to. */
const searches = [
  '/console/people?q=m',
  '/console/people?q=okafor+zo',
  '/console/people?q=person.1',
  '/console/people?q=customer-77&status=qualified',
  '/console/people?status=expired',
  '/console/people?sort=name',
  '/console/people?status=expired&sort=-email',
  '/console?range=90',
  '/console?range=last-month',
  '/console/people/referrals?sort=-since',
  '/console/people/referrals?doubt=any',
  '/console/people/referrals?status=expired&reward=none&platform=built-in',
  '/console/people/referrers?range=90&sort=-clicks',
  '/console/people/referrers?range=90&sort=issued',
  '/console/rewards?status=all',
  '/console/rewards?status=all&sort=-amount',
  '/console/rewards?status=issued&recipient=friend',
  '/console/rewards?status=all&label=A+voucher',
  '/console/rewards?status=all&q=customer-77',
  '/console/run-log?state=canceled&kind=tag',
  '/console/run-log?who=person.12',
  '/console/run-log?state=done&from=2026-01-01&until=2030-01-01',
  '/console/run-log?kind=note',
  '/console/run-log/deliveries?state=failed',
  '/console/run-log/deliveries?topic=contact.user.deleted',
];

type Browser = { get(path: string): Promise<{ status: number; ms: number; html: string }> };

/** Signed in as an administrator, without Intercom. */
async function signIn(appUrl: string, databaseUrl: string): Promise<Browser> {
  const secret = 'b'.repeat(43);
  const id = createHash('sha256').update(secret).digest('base64url');
  const client = new pg.Client(databaseUrl);
  await client.connect();
  await client.query(
    `insert into teammates (workspace_id, teammate_id, name, email, role, added_at, checked_at)
     values ($1, $2, 'Aoife Brennan', 'aoife@northwind.example', 'administrator', now(), now() + interval '1 day')`,
    [measuredWorkspace, teammateId],
  );
  await client.query(
    `insert into sessions (id, workspace_id, teammate_id, created_at, last_seen_at, expires_at, browser)
     values ($1, $2, $3, now(), now(), now() + interval '1 day', 'the benchmark')`,
    [id, measuredWorkspace, teammateId],
  );
  await client.end();
  return {
    async get(path) {
      const began = performance.now();
      const answer = await fetch(appUrl + path, {
        headers: { cookie: `referral-desk=${secret}` },
        redirect: 'manual',
      });
      const html = await answer.text();
      return { status: answer.status, ms: performance.now() - began, html };
    },
  };
}

/** One page per linked path: ids, cursors and filters do not count as different. */
async function pagesFrom(browser: Browser, first: string): Promise<Map<string, string>> {
  const pages = new Map([[kindOf(first), first]]);
  for (const path of pages.values()) {
    const { html } = await browser.get(path);
    for (const [, href = ''] of html.matchAll(/href="(\/console[^"#]*)"/g)) {
      const link = href.replaceAll('&amp;', '&');
      const kind = kindOf(link);
      if (!pages.has(kind) && !isFile(link)) pages.set(kind, link);
    }
  }
  return pages;
}

function kindOf(path: string): string {
  const { pathname, searchParams } = new URL(path, 'http://console');
  const query = [...searchParams.keys()].sort().join('&');
  const kind = pathname.replace(/\/[\da-f]{8}-[\da-f-]{27}/g, '/:id').replace(/\/\d+/g, '/:number');
  return query === '' ? kind : `${kind}?${query}`;
}

const isFile = (path: string) =>
  /^\/console\/(assets\/|access\/data\/|(rewards|people|people\/referrals)\/export)/.test(path);

async function measure(stage: Stage, browser: Browser, what: string, path: string): Promise<Line> {
  const callsBefore = stage.intercomCalls();
  const { status } = await browser.get(path);
  const asksIntercom = stage.intercomCalls() > callsBefore;
  if (status !== 200 && !asksIntercom) throw new Error(`${path} answered ${status}.`);
  const times = Number(given.times);
  const waits: number[] = [];
  for (let time = 0; time < times; time += 1) waits.push((await browser.get(path)).ms);
  const value = median(waits);
  const line = { what, value: `${value.toFixed(1)} ms` };
  // Waiting for Intercom does not count as our time, and the page is shown before its whole count fills in.
  if (asksIntercom) return { ...line, limit: 'asks Intercom' };
  if (path.endsWith('?count=all')) return { ...line, limit: 'counts everyone after the page' };
  return { ...line, goal: below(goalMs, value, ' ms') };
}

async function bench(stage: Stage): Promise<Line[]> {
  const app = await startFilledApp(stage, Number(given.referrals));
  await fillConsole(app.databaseUrl);
  const browser = await signIn(app.url, app.databaseUrl);
  const pages = [...(await pagesFrom(browser, '/console'))];
  const lines: Line[] = [];
  for (const [kind, path] of pages) lines.push(await measure(stage, browser, kind, path));
  for (const path of searches) lines.push(await measure(stage, browser, path, path));
  return lines;
}

await onStage(async (stage) => printLines(await bench(stage), given));
