// People added in the console, one at a time by a form.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Caller, callerWith, campaignFor, codeOf, dataOf } from '../support/api.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { type Console, signIn } from '../support/console.ts';

let app: TestApp;
let api: Caller;
let desk: Console;
let campaign: string;
beforeAll(async () => {
  app = await startTestApp();
  api = callerWith(app.url, await app.apiToken());
  desk = await signIn(app);
  campaign = await campaignFor(api);
});
afterAll(() => app?.close());

const unique = () => `${randomUUID()}@example.com`;
/** Of letters only, as the search by words of a name finds them. */
const surname = () => randomUUID().replaceAll(/[^a-f]/g, 'x');

async function referrer(person: object): Promise<string> {
  return codeOf(await api.post('/referrers', { campaign_id: campaign, person }));
}

type Referral = {
  referrer: { code: string } | null;
  person: { name: string | null };
  status: string;
  source: string;
};
async function referralOf(email: string): Promise<Referral | undefined> {
  return dataOf(await api.get(`/referrals?email=${encodeURIComponent(email)}`))[0] as Referral | undefined;
}

describe('Add a referrer', () => {
  it('makes a person a referrer with a share link, once, and says when they were one already', async () => {
    const [email, name] = [unique(), `Dana ${randomUUID()}`];
    const form = await desk.get(`/console/people/referrers/new?campaign=${campaign}`);
    expect(form.html).toContain(`<option value="${campaign}" selected>`);
    const fields = { campaign, email: ` ${email.toUpperCase()}\u200b`, name, external_id: '' };
    const added = await desk.submit('/console/people/referrers', fields);
    expect(added.text).toContain(`${name} is now a referrer in`);
    expect(added.text).toContain('/r/');
    const again = await desk.submit('/console/people/referrers', { ...fields, name: '' });
    expect(again.text).toContain(`${name} is already a referrer in`);
    const entries = await app.query(
      `select 1 from audit_log join referrers on referrers.id::text = subject_id
         join people on people.id = referrers.person_id
       where action = 'referrer.create' and actor = 'teammate' and email = $1`,
      [email],
    );
    expect(entries).toHaveLength(1);
  });

  it('refuses what cannot be read beside its field, and keeps what was typed', async () => {
    const fields = { campaign, email: 'not an email', name: 'Dana <Reed>', external_id: '' };
    const refused = await desk.post('/console/people/referrers', fields);
    expect(refused.status).toBe(422);
    expect(refused.html).toContain('value="not an email" aria-describedby="f-email-hint f-email-why"');
    expect(refused.html).toContain('value="Dana &lt;Reed&gt;"');
    expect(refused.html).toContain('is not an email address');
    const nobody = await desk.post('/console/people/referrers', { ...fields, email: ' \u200b' });
    expect(nobody.text).toContain('Enter an email or an external ID.');
  });

  it('offers no campaign of another platform, where its people join', async () => {
    const [outside] = await app.query<{ id: string }>(
      "select id from campaigns where platform = 'referral-factory'",
    );
    expect((await desk.get('/console/people/referrers/new')).html).not.toContain(outside?.id);
    const fields = { campaign: outside?.id ?? '', email: unique() };
    expect((await desk.post('/console/people/referrers', fields)).status).toBe(422);
  });
});

describe('Add a referral', () => {
  it('finds the referrer by code, email or name, or does without', async () => {
    const [by, name] = [unique(), `Sam ${surname()}`];
    const code = await referrer({ email: by, name });
    for (const given of [code.toUpperCase(), by.toUpperCase(), name.toLowerCase(), '']) {
      const email = unique();
      const added = await desk.submit('/console/people/referrals', { campaign, email, referrer: given });
      expect(added.text).toContain(`${email} is now a referral in`);
      expect((await referralOf(email))?.referrer?.code).toBe(given === '' ? undefined : code);
      expect(await referralOf(email)).toMatchObject({ status: 'pending', source: 'manual' });
    }
  });

  it('lets the teammate choose among several referrers of a name', async () => {
    const name = `Twin ${surname()}`;
    const codes = [await referrer({ email: unique(), name }), await referrer({ email: unique(), name })];
    const fields = {
      campaign,
      email: unique(),
      name: 'A friend',
      referrer: name,
      reason: 'Told us by phone',
    };
    const asked = await desk.post('/console/people/referrals', fields);
    expect(asked.status).toBe(422);
    expect(asked.text).toContain('Several referrers match. Choose one below.');
    expect(asked.html).toContain('value="A friend"');
    for (const code of codes) expect(asked.text).toContain(code);
    const ids = [...asked.html.matchAll(/name="referrer_id" value="([^"]+)"/g)].map(([, id]) => id ?? '');
    expect(ids).toHaveLength(2);
    await desk.submit('/console/people/referrals', { ...fields, referrer_id: ids[1] ?? '' });
    expect((await referralOf(fields.email))?.referrer?.code).toBe(codes[1]);
    const [history] = await app.query<{ reason: string }>(
      `select reason from referral_history h join referrals r on r.id = h.referral_id
         join people p on p.id = r.person_id where p.email = $1 and what = 'joined'`,
      [fields.email],
    );
    expect(history?.reason).toBe('Told us by phone');
  });

  it('refuses an unknown referrer and a referral of oneself beside the field', async () => {
    const email = unique();
    await referrer({ email });
    const unknown = await desk.post('/console/people/referrals', { campaign, email, referrer: 'nobody' });
    expect(unknown.status).toBe(422);
    expect(unknown.text).toContain('No referrer of this campaign has this email, code or name.');
    const own = await desk.post('/console/people/referrals', { campaign, email, referrer: email });
    expect(own.html).toMatch(/f-email-why">People cannot refer themselves/);
    expect(await referralOf(email)).toBeUndefined();
  });

  it('says when the friend is a referral already, and who keeps the credit', async () => {
    const [first, second, email] = [unique(), unique(), unique()];
    for (const by of [first, second]) await referrer({ email: by });
    await desk.submit('/console/people/referrals', { campaign, email, referrer: first });
    const again = await desk.submit('/console/people/referrals', { campaign, email, referrer: second });
    expect(again.text).toContain(`is already a referral in`);
    expect(again.text).toContain(`referred by ${first}. The first referral keeps the credit.`);
  });
});
