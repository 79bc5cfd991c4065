// A teammate decides which person a contact is: nothing that links on its own overrides that.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { seededContact } from '../../sandbox/story/seed.ts';
import { type Caller, callerWith, idOf } from '../support/api.ts';
import { promptSearch, startTestApp, type TestApp } from '../support/app.ts';
import { intercom, settled } from '../support/changes.ts';
import { openCard } from '../support/teammate.ts';

const email = 'rafael.costa@example.com';

let app: TestApp;
let caller: Caller;
beforeAll(async () => {
  app = await startTestApp({ settings: promptSearch });
  caller = callerWith(app.url, await app.apiToken());
  // By the email alone, he would be found for every contact that has it.
  await app.query(`update people set external_id = null where name = 'Rafael Costa'`);
});
afterAll(() => app?.close());

const linked = async () =>
  (
    await app.query<{ name: string }>(
      'select name from people where email = $1 and contact_id is not null order by name',
      [email],
    )
  ).map(({ name }) => name);

const change = (value: string) =>
  intercom(app, 'PUT', `/contacts/${seededContact(email).id}`, { custom_attributes: { plan: value } });

const done = (path: string, states: string[]) =>
  expect
    .poll(async () => z.looseObject({ state: z.string() }).parse((await caller.get(path)).body).state)
    .toSatisfy((state: string) => states.includes(state));

/** Everything that links people and contacts without a teammate. */
const writers: Record<string, () => Promise<unknown>> = {
  'a notification about the contact': () => change('team'),
  'a repair of all that differs': async () => {
    const path = `/sync-checks/${idOf(await caller.post('/sync-checks', {}))}`;
    await done(path, ['done']);
    const { body } = await caller.get(`${path}/rows?kind=unlinked`);
    const { data } = z
      .object({ data: z.array(z.looseObject({ email: z.string().nullable(), repair: z.string() })) })
      .parse(body);
    expect(data.filter((row) => row.email === email && row.repair === 'link')).toEqual([]);
    await caller.post(`${path}/repair`, { all: true });
    await done(path, ['done']);
  },
  'a rule that is applied to pending referrals': async () => {
    const { body } = await caller.get('/rules');
    const { data } = z.object({ data: z.array(z.looseObject({ id: z.string() })) }).parse(body);
    for (const { id } of data) await caller.post(`/rules/${id}/apply`, {});
  },
  'a backfill of the contacts of Intercom': async () => {
    const { body } = await caller.get('/campaigns');
    const { data } = z
      .object({ data: z.array(z.looseObject({ id: z.string(), name: z.string() })) })
      .parse(body);
    const campaign = data.find(({ name }) => name === 'Partners')?.id;
    const id = idOf(
      await caller.post('/backfills', { from: 'intercom', campaign_id: campaign, contacts: 'users' }),
    );
    await done(`/backfills/${id}`, ['counted']);
    await caller.post(`/backfills/${id}/confirm`);
    await done(`/backfills/${id}`, ['done']);
  },
};

test.each(Object.keys(writers))(
  'a person that a teammate chose stays the only one of the contact after %s',
  async (name) => {
    if ((await linked()).length === 0) await (await openCard(app, { email })).choose('Rita');
    await settled(app);
    expect(await linked()).toEqual(['Rita Costa']);
    await writers[name]?.();
    await settled(app);
    expect(await linked()).toEqual(['Rita Costa']);
  },
);

test.each(Object.keys(writers))(
  'a person that a teammate took back from a contact stays without it after %s',
  async (name) => {
    if ((await linked()).length > 0) {
      const question = await (await (await openCard(app, { email })).press('More')).press('Not this person');
      await question.press('Unlink this person');
      // Only the person who was taken back has the email now.
      await app.query(`update people set email = 'elsewhere@example.com' where name = 'Rafael Costa'`);
    }
    await writers[name]?.();
    await settled(app);
    expect(await linked()).toEqual([]);
  },
);
