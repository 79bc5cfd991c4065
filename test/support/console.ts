// The console as a teammate's browser uses it, without a browser: signs in through Intercom, reads pages, submits
// forms.
import { expect } from 'vitest';
import type { TestApp } from './app.ts';
import { type Browser, createBrowser } from './installing.ts';

export type Answered = {
  status: number;
  location: string | null;
  html: string;
  text: string;
  headers: Headers;
};

export type Console = {
  browser: Browser;
  /** Follows no redirect. */
  get(path: string, headers?: Record<string, string>): Promise<Answered>;
  /** Submits a form with the session's CSRF token among its fields; a list is a field that comes several times. */
  post(
    path: string,
    fields?: Record<string, string | string[]>,
    headers?: Record<string, string>,
  ): Promise<Answered>;
  /** Like `post`, followed by the page that it redirects to. */
  submit(path: string, fields?: Record<string, string | string[]>): Promise<Answered>;
};

type Place = Pick<TestApp, 'url'>;

/** A browser that is not signed in. */
export function openConsole(app: Place): Console {
  const browser = createBrowser({ url: app.url, publicUrl: app.url });
  const read = async (answer: Response): Promise<Answered> => {
    const html = await answer.text();
    const { status, headers } = answer;
    return { status, headers, location: headers.get('location'), html, text: readable(html) };
  };
  /** A session keeps its token, so that not every form is read before it is sent. */
  let known = { session: '', csrf: '' };
  const csrfToken = async () => {
    const session = [...browser.cookies].find(([name]) => name.endsWith('referral-desk'))?.[1] ?? '';
    if (known.csrf === '' || known.session !== session) {
      const { html } = await desk.get('/console/access');
      known = { session, csrf: /name="csrf" value="([^"]+)"/.exec(html)?.[1] ?? '' };
    }
    return known.csrf;
  };
  const desk: Console = {
    browser,
    get: async (path, headers = {}) => read(await browser.open(path, { headers })),
    async post(path, fields = {}, headers = {}) {
      const pairs = Object.entries({ csrf: await csrfToken(), ...fields }).flatMap(([name, value]) =>
        [value].flat().map((one): [string, string] => [name, one]),
      );
      const body = new URLSearchParams(pairs);
      return read(await browser.open(path, { method: 'POST', headers, body }));
    },
    async submit(path, fields = {}) {
      const answer = await desk.post(path, fields);
      expect(answer.status, answer.text).toBe(303);
      const next = await desk.get(answer.location ?? '');
      expect(next.status, next.text).toBe(200);
      return next;
    },
  };
  return desk;
}

/** Signs in as this teammate of the sandbox; by default the first one, who installed. */
export async function signIn(app: TestApp, adminId?: string): Promise<Console> {
  const desk = openConsole(app);
  const back = await consent(desk, adminId);
  const answer = await desk.get(back);
  expect(answer.location).toBe('/console');
  return desk;
}

/** Goes through Intercom's consent page; returns the address to which it sends the browser back. */
export async function consent(
  desk: Console,
  adminId?: string,
  start = '/console/sign-in/intercom',
  decision: 'authorize' | 'cancel' = 'authorize',
): Promise<string> {
  const { location } = await desk.get(start);
  const consentUrl = new URL(location ?? '');
  const form = new URLSearchParams(consentUrl.searchParams);
  form.set('decision', decision);
  if (adminId !== undefined) form.set('admin_id', adminId);
  const agreed = await desk.browser.open(`${consentUrl.origin}/oauth`, { method: 'POST', body: form });
  expect(agreed.status).toBe(302);
  return agreed.headers.get('location') ?? '';
}

function readable(html: string): string {
  return html.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ');
}
