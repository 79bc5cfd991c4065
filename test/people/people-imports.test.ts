// Lists of people in the console: pasted or uploaded, mapped, checked, confirmed and undone; customers qualified.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Caller, callerWith, campaignFor, codeOf, dataOf, idOf, tenEuros } from '../support/api.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { type Console, signIn } from '../support/console.ts';

let app: TestApp;
let api: Caller;
let desk: Console;
let colleague: Console;
beforeAll(async () => {
  app = await startTestApp();
  api = callerWith(app.url, await app.apiToken());
  desk = await signIn(app);
  const [, second] = app.sandbox.world.admins.all();
  colleague = await signIn(app, second?.id);
  await desk.submit('/console/access/teammates/role', { id: second?.id ?? '', role: 'administrator' });
});
afterAll(() => app?.close());

const unique = (name = 'p') => `${name}.${randomUUID()}@example.com`;
type Purpose = 'referrers' | 'referrals' | 'qualify';

async function send(
  campaign: string,
  purpose: Purpose,
  list: { pasted?: string; file?: string | Uint8Array },
) {
  const form = new FormData();
  const { html } = await desk.get('/console/access');
  form.set('csrf', /name="csrf" value="([^"]+)"/.exec(html)?.[1] ?? '');
  for (const [name, value] of Object.entries({ campaign, purpose, pasted: list.pasted ?? '' }))
    form.set(name, value);
  const file =
    list.file === undefined
      ? ([new Blob([]), ''] as const)
      : ([new Blob([list.file]), 'people.csv'] as const);
  form.set('file', file[0], file[1]);
  const answer = await desk.browser.open('/console/people/imports', { method: 'POST', body: form });
  return { status: answer.status, location: answer.headers.get('location') ?? '', html: await answer.text() };
}

const shows = (path: string, words: string | RegExp) =>
  expect.poll(async () => (await desk.get(path)).text, { timeout: 15_000 }).toMatch(words);

/** Uploads a file, takes the columns as they are guessed or given, and waits for the check. */
async function upload(campaign: string, purpose: Purpose, file: string | Uint8Array, columns: object = {}) {
  const { location } = await send(campaign, purpose, { file });
  expect(location).toMatch(/\/columns$/);
  const { html } = await desk.get(location);
  const guessed = [...html.matchAll(/<select name="(column\.\d+)"[^>]*>(.*?)<\/select>/gs)].map(
    ([, name = '', options = '']) => [name, /value="([^"]*)" selected/.exec(options)?.[1] ?? ''],
  );
  const { location: list } = await desk.post(location, { ...Object.fromEntries(guessed), ...columns });
  await shows(list ?? '', 'Ready to confirm');
  return list ?? '';
}

async function paste(campaign: string, purpose: Purpose, pasted: string): Promise<string> {
  const { location, html } = await send(campaign, purpose, { pasted });
  expect(location, html).toMatch(/imports/);
  await shows(location, 'Ready to confirm');
  return location;
}

async function confirm(list: string, who = desk): Promise<void> {
  expect((await who.post(`${list}/confirm`)).status).toBe(303);
  await shows(list, / Done /);
}

const referrals = async (email: string) =>
  dataOf(await api.get(`/referrals?email=${encodeURIComponent(email)}`)) as {
    id: string;
    status: string;
    source: string;
    referrer: { code: string } | null;
  }[];
const referrers = async (campaign: string) =>
  app.query<{ email: string | null; external_id: string | null; name: string | null }>(
    `select email, external_id, name from referrers join people on people.id = referrers.person_id
     where campaign_id = $1 order by email`,
    [campaign],
  );
const addReferrer = async (campaign: string, person: object) =>
  codeOf(await api.post('/referrers', { campaign_id: campaign, person }));
const refer = async (campaign: string, email: string) =>
  idOf(await api.post('/referrals', { campaign_id: campaign, person: { email } }));
const csvOf = async (path: string) => (await desk.browser.open(path)).text();

describe('Pasted emails', () => {
  it('are checked first, and become referrers once a colleague confirms', async () => {
    const campaign = await campaignFor(api);
    const [known, dana, ben] = [unique('known'), unique('dana'), unique('ben')];
    await addReferrer(campaign, { email: known });
    const text = `${known}\nDana Reed <${dana.toUpperCase()}>; ${ben}, ${dana}\nnobody`;
    const list = await paste(campaign, 'referrers', text);
    const shown = (await desk.get(list)).text;
    expect(shown).toMatch(/New 2 .*Already in the campaign 1 .*Duplicate row 1 .*Unreadable 1/);
    expect(shown).toContain('1 row, unreadable: Email is not an email address.');
    expect(await referrers(campaign)).toHaveLength(1);
    await confirm(list, colleague);
    expect(await referrers(campaign)).toMatchObject([{ email: ben }, { email: dana, name: 'Dana Reed' }, {}]);
    expect((await desk.get(list)).text).toMatch(/Added 2 /);
    const audit = await app.query<{ action: string; name: string }>(
      `select action, actor_name as name from audit_log where action like 'people_import.%' or action = 'referrer.create'
       order by id desc limit 4`,
    );
    const [, second] = app.sandbox.world.admins.all();
    expect(audit.map(({ action }) => action)).toEqual([
      ...['referrer.create', 'referrer.create', 'people_import.confirm', 'people_import.create'],
    ]);
    expect(audit[0]?.name).toBe(second?.name);
  });

  it('are refused when there are none, and with a file beside them, and are kept in the form', async () => {
    const campaign = await campaignFor(api);
    const none = await send(campaign, 'referrals', { pasted: ' \n' });
    expect([none.status, none.html.includes('Paste a list, or choose a file.')]).toEqual([422, true]);
    const both = await send(campaign, 'referrals', { pasted: 'a@example.com', file: 'email\n' });
    expect([both.status, both.html.includes('not both')]).toEqual([422, true]);
    expect(both.html).toContain('>\na@example.com</textarea>');
    const long = await send(campaign, 'referrals', { pasted: 'a@example.com\n'.repeat(20_000) });
    expect(long.status).toBe(413);
  });
});

describe('A file of people', () => {
  it('has its columns guessed and chosen, and each row an outcome with a reason', async () => {
    const campaign = await campaignFor(api);
    const [by, friend, known, lone] = [unique('by'), unique('friend'), unique('known'), unique('lone')];
    const code = await addReferrer(campaign, { email: by });
    const elsewhere = await addReferrer(await campaignFor(api), { email: unique() });
    await refer(campaign, known);
    const file = [
      'sep=;',
      'Friend’s E-Mail;First name;Last name;Referred by;Referral code;Note',
      `${friend};Dana;Reed;${by};;x`,
      `${lone};;;;${code.toUpperCase()};`,
      `${unique()};;;nobody@example.com;;`,
      `${unique()};;;;${elsewhere};`,
      `${by};;;${by};;`,
      `${known};;;;;`,
      `${friend};;;;;`,
      `"=cmd()";;;;;`,
    ].join('\r\n');
    const list = await upload(campaign, 'referrals', file);
    const page = (await desk.get(list)).text;
    for (const words of [
      /New 2 /,
      /Already in the campaign 1 /,
      /Duplicate row 1 /,
      /Referrer not found 2 /,
      /Own referral 1 /,
      /Unreadable 1 /,
      'No referrer of the campaign has this email.',
      'The referrer with this code is in another campaign.',
    ])
      expect(page).toMatch(words);
    await confirm(list);
    expect(await referrals(friend)).toMatchObject([
      { status: 'pending', source: 'manual', referrer: { code } },
    ]);
    expect(await referrals(lone)).toMatchObject([{ referrer: { code } }]);
    const failed = await csvOf(`${list}/rows.csv?outcome=failed`);
    expect(failed.split('\r\n')).toHaveLength(1 + 4 + 1);
    expect(failed).toContain(`'=cmd(),,,,,,10,Unreadable,Email is not an email address.`);
    expect(await csvOf(`${list}/rows.csv`)).toContain(`${friend},Dana,Reed,${by},,x,3,Added,`);
    const [planned] = await app.query<{ n: number }>(
      'select count(*)::int as n from enrollments where campaign_id = $1 and side = $2',
      [campaign, 'leads'],
    );
    expect(planned?.n).toBe(3);
  });

  it('can have its columns changed after the check, and needs one that says who it is', async () => {
    const campaign = await campaignFor(api);
    const email = unique();
    const list = await upload(campaign, 'referrers', `who,extra\n${email},7001\n`, { 'column.0': 'email' });
    expect((await desk.get(list)).text).toMatch(/New 1 /);
    const none = await desk.post(`${list}/columns`, { 'column.0': '', 'column.1': '' });
    expect([none.status, none.text.includes('Choose the column with the email')]).toEqual([422, true]);
    await desk.post(`${list}/columns`, { 'column.0': 'email', 'column.1': 'external_id' });
    await shows(list, 'Ready to confirm');
    await confirm(list);
    expect(await referrers(campaign)).toMatchObject([{ email, external_id: '7001' }]);
    expect((await desk.post(`${list}/columns`, { 'column.0': 'email' })).status).toBe(422);
  });

  it('in UTF-16 and without a header is read, and one that is not CSV is refused', async () => {
    const campaign = await campaignFor(api);
    const email = unique('zoë');
    const bytes = new Uint8Array(Buffer.from(`\ufeffZoë\t${email}\n`, 'utf16le'));
    const list = await upload(campaign, 'referrers', bytes, { 'column.0': 'name' });
    await confirm(list);
    expect(await referrers(campaign)).toMatchObject([{ email, name: 'Zoë' }]);
    for (const [file, words] of [
      ['{"email":"a@example.com"}', 'The file is JSON.'],
      ['', 'The file is empty'],
      ['email\n', 'This import is empty.'],
    ] as const) {
      const refused = await send(campaign, 'referrers', { file });
      expect([refused.status, refused.html.includes(words)], words).toEqual([422, true]);
    }
    const kept = await app.query("select 1 from people_imports where state = 'receiving'");
    expect(kept).toEqual([]);
  });
});

describe('Undo', () => {
  it('takes out the people that a list added, but not those with later work', async () => {
    const campaign = await campaignFor(api, { rewards: tenEuros });
    const [gone, qualified, referring, before] = [unique(), unique(), unique(), unique()];
    await addReferrer(await campaignFor(api), { email: before });
    const list = await paste(campaign, 'referrals', [gone, qualified, referring, before].join('\n'));
    await confirm(list);
    const [{ id = '' } = {}] = await referrals(qualified);
    await api.post(`/referrals/${id}/qualify`, {});
    const code = await addReferrer(campaign, { email: referring });
    await api.post('/referrals', { code, person: { email: unique() } });
    expect((await desk.get(list)).text).toContain('Undo: remove 4 referrals');
    await desk.submit(`${list}/undo`);
    await shows(list, / Undone .*Undone 2 .*Kept 2 /);
    const page = (await desk.get(list)).text;
    expect(page).toContain('1 row, kept: Stays: the status has changed since.');
    expect(page).toContain('1 row, kept: Stays: has referrals of their own.');
    expect(await referrals(gone)).toEqual([]);
    expect(await referrals(before)).toEqual([]);
    const people = await app.query<{ email: string }>('select email from people where email = any($1)', [
      [gone, qualified, referring, before],
    ]);
    expect(people.map(({ email }) => email).sort()).toEqual([qualified, referring, before].sort());
    const [entries] = await app.query<{ n: number }>(
      "select count(*)::int as n from audit_log where action = 'referral.remove'",
    );
    expect(entries?.n).toBe(2);
    const again = await paste(campaign, 'referrals', gone);
    await confirm(again);
    expect(await referrals(gone)).toHaveLength(1);
  });

  it('keeps people who were sent to Intercom, and cancels what was still to be sent', async () => {
    const campaign = await campaignFor(api);
    const mapping = [{ type: 'field', from: 'person.email', to: 'email' }];
    await api.patch(`/campaigns/${campaign}`, {
      settings: { enrollment: { referrers: { action: 'create-lead', mapping } } },
    });
    const [sent, clicked] = [unique(), unique()];
    const list = await paste(campaign, 'referrers', `${sent}\n${clicked}`);
    await confirm(list);
    const enrolled = () =>
      app.query(`select 1 from enrollments where campaign_id = $1 and state = 'done'`, [campaign]);
    await expect.poll(async () => (await enrolled()).length).toBe(2);
    await desk.submit(`${list}/undo`);
    await shows(list, /Kept 2 /);
    expect((await desk.get(list)).text).toContain('2 rows, kept: Stays: was sent to Intercom.');
    expect(await referrers(campaign)).toHaveLength(2);
  });
});

describe('The list of people', () => {
  it('is a file of what is shown, without formulas, and can be narrowed to referrers', async () => {
    const [campaign, other] = [await campaignFor(api), await campaignFor(api)];
    const [giving, friend] = [unique(), unique()];
    const code = await addReferrer(campaign, {
      email: giving,
      name: '=HYPERLINK("x")',
      external_id: randomUUID(),
    });
    await api.post('/referrals', { code, person: { email: friend } });
    await addReferrer(other, { email: friend });
    const rows = async (query: string) =>
      (await csvOf(`/console/people/export?${query}`)).trimEnd().split('\r\n').slice(1);
    const [own = '', ...more] = await rows(`refers=${campaign}`);
    expect(more).toEqual([]);
    expect(own).toContain(`,"'=HYPERLINK(""x"")",${giving},`);
    const [referred = ''] = await rows(`campaign=${campaign}&status=pending&refers=${other}`);
    expect(referred).toMatch(new RegExp(`${friend},,,Campaign .*: pending,Campaign `));
    expect(await rows(`campaign=${campaign}&refers=${campaign}`)).toEqual([]);
    expect(await rows(`q=${encodeURIComponent(friend)}&refers=${other}`)).toHaveLength(1);
    expect(await rows(`q=${encodeURIComponent(friend)}&refers=${campaign}`)).toEqual([]);
    const page = await desk.get(`/console/people?refers=${campaign}`);
    expect(page.html).toContain(`/console/people/export?refers=${campaign}`);
    expect(page.text).toContain(giving);
    expect(page.text).not.toContain(friend);
    const everyone = await rows('status=pending');
    expect(new Set(everyone).size).toBe(everyone.length);
  });
});

describe('Qualify from a list', () => {
  it('shows who would qualify and why others would not, and qualifies through the program', async () => {
    const campaign = await campaignFor(api, { rewards: tenEuros });
    const [first, byId, done, over, own] = [unique(), randomUUID(), unique(), unique(), unique()];
    const code = await addReferrer(campaign, { email: unique() });
    const pending = idOf(await api.post('/referrals', { code, person: { email: first } }));
    idOf(await api.post('/referrals', { campaign_id: campaign, person: { external_id: byId } }));
    await api.post(`/referrals/${await refer(campaign, done)}/qualify`, {});
    await api.post(`/referrals/${await refer(campaign, over)}/disqualify`, { reason: 'fraud' });
    await addReferrer(campaign, { email: own });
    const list = await paste(
      campaign,
      'qualify',
      `${first}, ${byId}\n${done}\n${over}\n${own}\n${unique()}\n${first.toUpperCase()}`,
    );
    const page = (await desk.get(list)).text;
    for (const words of [
      /Would qualify 2 /,
      /Already qualified 1 /,
      /Duplicate row 1 /,
      /Not found 2 /,
      /Cannot qualify 1 /,
      'A referral that is disqualified cannot become qualified; set it back to pending first.',
      'Has no referral in the campaign.',
      'No one in the program has this email or ID.',
    ])
      expect(page).toMatch(words);
    expect((await referrals(first))[0]?.status).toBe('pending');
    await confirm(list);
    expect((await referrals(first))[0]?.status).toBe('qualified');
    const due = dataOf(await api.get(`/rewards?campaign_id=${campaign}&status=due&limit=100`)) as object[];
    expect(due).toContainEqual(expect.objectContaining({ referral_id: pending }));
    const [history] = await app.query<{ reason: string; actor: string }>(
      `select reason, actor from referral_history where referral_id = $1 and "to" = 'qualified'`,
      [pending],
    );
    expect(history).toEqual({ reason: 'On the list “Pasted list”', actor: 'teammate' });
    expect((await desk.get(list)).text).not.toContain('Undo');
  });

  it('asks for a review of one that looks like its referrer, where such are held', async () => {
    const campaign = await campaignFor(api);
    await api.patch(`/campaigns/${campaign}`, { settings: { hold_doubtful: true } });
    const [email, other] = [unique('ana'), unique()];
    const code = await addReferrer(campaign, { email: email.replace('@', '+me@') });
    const id = idOf(await api.post('/referrals', { code, person: { email } }));
    await refer(campaign, other);
    const list = await paste(campaign, 'qualify', `${email}\n${other}`);
    expect((await desk.get(list)).text).toContain('Looks like the same person as the referrer');
    expect(await app.query('select 1 from reviews where referral_id = $1', [id])).toHaveLength(0);
    await confirm(list);
    expect((await desk.get(list)).text).toMatch(/Qualified 1 .*Waits for review 1 /);
    expect((await referrals(email))[0]?.status).toBe('pending');
    expect(await app.query('select 1 from reviews where referral_id = $1', [id])).toHaveLength(1);
  });

  it('does not qualify one that something came in the way of since the check', async () => {
    const campaign = await campaignFor(api);
    const [email, other] = [unique(), unique()];
    const id = await refer(campaign, email);
    await refer(campaign, other);
    const list = await paste(campaign, 'qualify', `${email}\n${other}`);
    await api.post(`/referrals/${id}/disqualify`, { reason: 'refunded' });
    await confirm(list);
    expect((await desk.get(list)).text).toMatch(/Qualified 1 .*Cannot qualify 1 /);
    expect((await referrals(email))[0]?.status).toBe('disqualified');
  });
});
