// The company's own system: takes reward events, checks their signatures, pays each once, and shows them on a page.
import express, { Router } from 'express';
import { Webhook } from 'standardwebhooks';
import { escaped, page } from '../oauth-page.ts';

type Event = { id: string; type: string; what: string; verdict: string; at: string };

const mostKept = 200;

/** `POST /payouts/rewards` is the webhook; `/payouts` shows what it got, and takes the secret. */
export function payoutRoutes(): Router {
  const router = Router();
  const events: Event[] = [];
  const receipts = new Map<string, string>();
  let secret = '';

  router.post('/payouts/rewards', express.text({ type: () => true, limit: '100kb' }), (req, res) => {
    const id = req.get('webhook-id') ?? '';
    const keep = (verdict: string, type = '', what = '') => {
      events.push({ id, type, what, verdict, at: new Date().toISOString() });
      events.splice(0, events.length - mostKept);
    };
    const event = read(secret, String(req.body), req.headers);
    if (event === null) {
      keep(secret === '' ? 'Refused: no secret is saved' : 'Refused: the signature is invalid');
      return void res.status(401).json({ message: 'The signature is invalid.' });
    }
    const { type, data } = event;
    const what = `${data?.label ?? ''} for ${data?.person?.name ?? data?.person?.email ?? 'an unnamed person'}`;
    if (type !== 'reward.due') {
      keep('Signature fits', type, what);
      return void res.json({});
    }
    const known = receipts.get(id);
    const receipt = known ?? `PAYOUT-${String(receipts.size + 1).padStart(4, '0')}`;
    receipts.set(id, receipt);
    keep(known === undefined ? `Paid: ${receipt}` : `Repeated event; already paid: ${receipt}`, type, what);
    res.json({ reference: receipt });
  });
  router.post('/payouts', express.urlencoded({ extended: false }), (req, res) => {
    secret = String(req.body?.secret ?? '').trim();
    res.redirect(303, '/payouts');
  });
  router.get('/payouts', (_req, res) => {
    const policy =
      "default-src 'none'; style-src 'nonce-payouts'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    res.set({ 'Content-Security-Policy': policy, 'Cache-Control': 'no-store' });
    res.type('html').send(page('Payouts of your system', 'payouts', body(secret !== '', events)));
  });
  return router;
}

type Read = { type: string; data?: { label?: string; person?: { name?: string; email?: string } } };

function read(secret: string, body: string, headers: Record<string, unknown>): Read | null {
  try {
    return new Webhook(secret).verify(body, headers as Record<string, string>) as Read;
  } catch {
    return null;
  }
}

function body(hasSecret: boolean, events: readonly Event[]): string {
  const shown = events.toReversed().map(
    ({ id, type, what, verdict, at }) => `<section><h2>${escaped(verdict)}</h2>
    <p>${escaped(what)}</p>
    <p class="quiet">${escaped(type)} <code>${escaped(id)}</code>, <time datetime="${at}">${at}</time></p></section>`,
  );
  return `<h1>Payouts of your system</h1>
  <p class="quiet">Stands in for your own system. Its webhook is at /payouts/rewards: enter that address in the console,
  under Settings, Reward webhook.</p>
  <form method="post" action="/payouts"><p><label>Signing secret <input name="secret" type="password" required placeholder="whsec_…" autocomplete="off"></label>
  <button>Save</button> ${hasSecret ? '<span class="quiet">The secret is saved.</span>' : '<span class="quiet">No secret yet. All events are refused.</span>'}</p></form>
  ${shown.length === 0 ? '<p>No events yet.</p>' : shown.join('\n')}`;
}
