// The shop's own page behind a share link: a friend's form, sent on as a company's backend would send it.
import { randomBytes } from 'node:crypto';
import express, { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { apiPath, apiToken } from '../referral-factory/api.ts';
import { autumn } from '../referral-factory/seed.ts';
import { joinedPage, joinPage } from './shop-page.ts';

export type Shop = {
  appUrl: () => string;
  /** Of the app's API; null where the shop has none. */
  token: string | null;
};

const optional = z.string().trim().max(200).default('');
const joinForm = z.object({
  ref: optional,
  email: optional,
  name: optional,
  phone: optional,
  activity: optional,
});
type Given = z.infer<typeof joinForm>;

/** By its slug in the address. Autumn is the one at Referral Factory. */
const campaign = z.string().regex(/^[a-z0-9-]{1,60}$/);

/** To be mounted at /shop. */
export function shopRoutes(shop: Shop): Router {
  const router = Router();
  router.get('/:campaign', (req, res, next) => {
    const name = campaign.safeParse(req.params.campaign);
    if (!name.success) return next();
    return send(
      res,
      200,
      joinPage(name.data, joinForm.parse({ ref: first(req.query.ref) }), null, protect(res)),
    );
  });
  router.post('/:campaign', express.urlencoded({ extended: false }), async (req, res, next) => {
    const name = campaign.safeParse(req.params.campaign);
    // A page elsewhere must not enter people here through a browser on the same machine.
    if (!name.success || req.get('Sec-Fetch-Site') === 'cross-site') return next();
    const form = joinForm.parse(req.body ?? {});
    const refused = await (name.data === 'autumn' ? joinThere(req, form) : joinHere(shop, name.data, form));
    const nonce = protect(res);
    if (refused === null) return send(res, 200, joinedPage(name.data, form, nonce));
    return send(res, 422, joinPage(name.data, form, refused, nonce));
  });
  return router;
}

/** By the app's API; resolves with why not, or null. */
async function joinHere({ appUrl, token }: Shop, slug: string, form: Given): Promise<string | null> {
  if (token === null) return 'This shop has no access to Referral Desk.';
  const { ref: code, email, name, ...more } = form;
  const extra = Object.fromEntries(Object.entries(more).filter(([, value]) => value !== ''));
  const person = { email, ...(name === '' ? {} : { name }) };
  const place = code === '' ? await campaignOf(appUrl(), token, slug) : { code };
  if (place === null) return 'The shop has no such campaign.';
  return refusal(`${appUrl()}/api/v1/referrals`, token, { ...place, person, extra });
}

const campaignList = z.object({ data: z.array(z.object({ id: z.string(), slug: z.string() })) });

/** For a friend without a code. */
async function campaignOf(appUrl: string, token: string, slug: string) {
  const headers = { Authorization: `Bearer ${token}` };
  const answer = await fetch(`${appUrl}/api/v1/campaigns?limit=100`, { headers }).catch(() => null);
  const read = campaignList.safeParse(await answer?.json().catch(() => null));
  const found = read.data?.data.find((each) => each.slug === slug);
  return found ? { campaign_id: found.id } : null;
}

/** By the Referral Factory that stands beside it, which tells the app by a hook. */
async function joinThere(req: Request, { ref, email, name, phone, activity }: Given): Promise<string | null> {
  const fields = Object.entries({ phone, activity }).filter(([, value]) => value !== '');
  return refusal(`http://127.0.0.1:${req.socket.localPort}${apiPath}/users`, apiToken, {
    campaign_id: autumn.campaign,
    first_name: name,
    email,
    referrer: { field: 'code', value: ref },
    meta: fields.map(([field, value]) => ({ field, value })),
  });
}

const joinAnswer = z.union([
  z.object({
    error: z.object({ message: z.string(), fields: z.record(z.string(), z.string()).default({}) }),
  }),
  z.object({ message: z.string(), errors: z.record(z.string(), z.unknown()).default({}) }),
]);

async function refusal(url: string, token: string, body: object): Promise<string | null> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  }).catch(() => null);
  if (answer?.ok) return null;
  const read = joinAnswer.safeParse(await answer?.json().catch(() => null));
  if (!read.success) return 'You cannot join right now. Try again in a minute. Try again.';
  if ('error' in read.data) return Object.values(read.data.error.fields).join(' ') || read.data.error.message;
  return `${read.data.message} ${Object.keys(read.data.errors).join(', ')}`.trim();
}

const first = (value: unknown) => (typeof value === 'string' ? value : '');

function send(res: Response, status: number, page: string): void {
  res.status(status).type('html').send(page);
}

/** Allows this page its own style, and its form nothing but this server. */
function protect(res: Response): string {
  const nonce = randomBytes(16).toString('base64');
  const policy = `default-src 'none'; style-src 'nonce-${nonce}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;
  res.set({ 'Content-Security-Policy': policy, 'Cache-Control': 'no-store' });
  return nonce;
}
