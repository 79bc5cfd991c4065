// Possible duplicates that a person decides: asked on the card of each candidate and by the API, and decided once.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callerWith } from '../support/api.ts';
import { promptSearch, startTestApp, type TestApp } from '../support/app.ts';
import { intercom, settled } from '../support/changes.ts';
import { type Enrolling, email, enrollingIn, name } from '../support/enrolling.ts';
import { openCard, sendAgain } from '../support/teammate.ts';

let app: TestApp;
let desk: Enrolling;
beforeAll(async () => {
  app = await startTestApp({
    settings: promptSearch,
    story: false,
    overrides: { searchLagMs: 500 },
  });
  desk = await enrollingIn(app);
});
afterAll(() => app?.close());

type Review = {
  id: string;
  person: { email: string | null };
  candidates: { contact_id: string }[];
  decided_by: { kind: string; name: string } | null;
};

async function reviewsOf(address: string, state = 'open'): Promise<Review[]> {
  const { body } = await desk.caller.get(`/reviews?state=${state}&limit=100`);
  return (body as { data: Review[] }).data.filter((one) => one.person.email === address);
}

/** A person joins a campaign that asks, with the email of a contact for each given role. */
async function asked(address: string, roles: ('lead' | 'user')[] = ['user']) {
  const contacts: string[] = [];
  for (const role of roles) {
    const made: { id: string } = await intercom(app, 'POST', '/contacts', { role, email: address });
    contacts.push(made.id);
  }
  await settled(app);
  const campaign = await desk.campaign({ mapping: [email, name], duplicates: 'review' });
  const member = await desk.join(campaign, { email: address, name: 'Asked About' });
  expect(await desk.enrolled(campaign, member)).toMatchObject({ state: 'review' });
  const [review] = await reviewsOf(address);
  if (!review) throw new Error('nobody is asked');
  const [first = ''] = contacts;
  return { id: review.id, review, campaign, member, contacts, first };
}

const compare = async (id: string) => (await openCard(app, { id })).press('Compare and decide');

test('nothing is written until someone decides, and the question names all candidates', async () => {
  const { review, contacts, first } = await asked('asked@example.com', ['lead', 'lead']);
  expect(review.candidates.map((one) => one.contact_id).toSorted()).toEqual(contacts.toSorted());
  await settled(app);
  expect(desk.contact(first).name).toBeNull();
  expect(desk.tagsOf(first)).toEqual([]);
  for (const id of contacts) {
    const card = await openCard(app, { id });
    expect(card.text).toContain('Is this Asked About?');
    expect(card.text).toContain('1 other contact may also be that person.');
  }
});

test('a press on the card updates the contact, once however often it is pressed, and all cards are as before', async () => {
  const { id, campaign, member, contacts, first } = await asked('pressed@example.com', ['lead', 'lead']);
  const card = await openCard(app, { id: first });
  const compared = await card.press('Compare and decide');
  for (const line of ['Name: Asked About', 'Email: pressed@example.com', 'Created: ', 'Last seen: '])
    expect(compared.text).toContain(line);
  expect(compared.labels).toEqual(['Same person', 'Different person', 'Later']);
  const confirm = await compared.press('Same person', { use: 'update' });
  expect(confirm.text).toContain('This cannot be undone');
  expect(await reviewsOf('pressed@example.com')).toHaveLength(1);
  const press = confirm.requestOf('Overwrite this contact');
  const answers = await Promise.all([sendAgain(app, press), sendAgain(app, press), sendAgain(app, press)]);
  for (const one of answers) expect(one.text).toContain('Decided: this contact is updated');
  expect(await desk.enrolled(campaign, member)).toMatchObject({ state: 'done', contact_id: first });
  await settled(app);
  expect(desk.contact(first)).toMatchObject({ name: 'Asked About' });
  expect(desk.tagsOf(first)).toContain('Referred');
  for (const contact of contacts) {
    expect((await openCard(app, { id: contact })).labels).not.toContain('Compare and decide');
  }
  const runs = await app.query(
    `select 1 from runs where kind = 'enroll' and work->>'enrollmentId' = (
    select enrollment_id::text from reviews where id = $1)`,
    [id],
  );
  expect(runs).toHaveLength(2);
  expect(await reviewsOf('pressed@example.com', 'decided')).toMatchObject([
    { decided_by: { kind: 'teammate', name: 'Aoife Brennan' } },
  ]);
});

test('the question can be left for later, and is asked again at the next opening', async () => {
  const { first } = await asked('later@example.com');
  const card = await openCard(app, { id: first });
  const home = await card.press('Later');
  expect(home.text).not.toContain('Is this Asked About?');
  expect((await home.press('Refresh')).text).toContain('Is this Asked About?');
});

test('only linked, the contact stays as it is', async () => {
  const { campaign, member, first } = await asked('only.link@example.com');
  const before = structuredClone(desk.contact(first));
  await (await compare(first)).press('Same person', { use: 'link' });
  expect(await desk.enrolled(campaign, member)).toMatchObject({ state: 'done', contact_id: first });
  await settled(app);
  expect(desk.contact(first)).toEqual(before);
});

test('none of them: a new contact is made beside those that there are', async () => {
  const { campaign, member, contacts, first } = await asked('none@example.com', ['lead', 'lead']);
  await (await (await compare(first)).press('Different person')).press('Create a new contact');
  const done = await desk.enrolled(campaign, member);
  expect(done.state).toBe('done');
  expect(contacts).not.toContain(done.contact_id);
  expect(desk.contact(done.contact_id).name).toBe('Asked About');
  expect(desk.contactsOf('none@example.com')).toHaveLength(3);
});

test('none of them, and the answer got lost: still one new contact', async () => {
  const { campaign, member, first } = await asked('none.lost@example.com', ['lead']);
  const match = { method: 'POST', pattern: '^/contacts$' };
  await app.misbehave('/faults', { on: 'api', kind: 'cut', after: true, match });
  await (await (await compare(first)).press('Different person')).press('Create a new contact');
  expect((await desk.enrolled(campaign, member)).state).toBe('done');
  await settled(app);
  expect(desk.contactsOf('none.lost@example.com')).toHaveLength(2);
});

test('left as it is, no one is linked and no one asks again', async () => {
  const { campaign, member, first } = await asked('left@example.com');
  await (await (await compare(first)).press('Different person')).press('Don’t create a contact');
  expect(await desk.enrolled(campaign, member)).toMatchObject({
    state: 'skipped',
    outcome: 'Aoife Brennan decided to create no contact.',
  });
  expect((await openCard(app, { id: first })).text).not.toContain('Is this Asked About?');
});

test('the API decides, too: once, with one of the candidates, and says who was first', async () => {
  const { id, campaign, member, first } = await asked('by.api@example.com');
  const stranger = await desk.caller.post(`/reviews/${id}/decide`, { use: 'nobody', how: 'fill' });
  expect(stranger.status).toBe(422);
  expect(await reviewsOf('by.api@example.com')).toHaveLength(1);
  const decision = { use: first, how: 'fill' };
  expect((await desk.caller.post(`/reviews/${id}/decide`, decision)).body).toMatchObject({
    decision,
    decided_by: { kind: 'api', name: 'test' },
  });
  expect((await desk.caller.post(`/reviews/${id}/decide`, decision)).status).toBe(200);
  const other = await desk.caller.post(`/reviews/${id}/decide`, { skip: true });
  expect(other.status).toBe(409);
  expect(JSON.stringify(other.body)).toContain('test has already decided this');
  expect(await desk.enrolled(campaign, member)).toMatchObject({ state: 'done', contact_id: first });
  await settled(app);
  expect(desk.contact(first).name).toBe('Asked About');
});

test('an enrollment that waits for a decision cannot be tried again past it', async () => {
  const { campaign, member } = await asked('past.it@example.com');
  const { id } = await desk.enrolled(campaign, member);
  const refused = await desk.caller.post(`/enrollments/${id}/retry`);
  expect(refused.status).toBe(409);
  expect(await reviewsOf('past.it@example.com')).toHaveLength(1);
});

test('a card of another contact decides nothing', async () => {
  const { first } = await asked('others.card@example.com');
  const press = (await compare(first)).requestOf('Same person');
  const stranger: { id: string } = await intercom(app, 'POST', '/contacts', {
    role: 'lead',
    name: 'Somebody else',
  });
  const body = JSON.parse(press.raw);
  const raw = JSON.stringify({ ...body, contact: { ...body.contact, id: stranger.id } });
  const answer = await sendAgain(app, { path: press.path, raw });
  expect(answer.text).toContain('This review is no longer open.');
  expect(await reviewsOf('others.card@example.com')).toHaveLength(1);
});

test('another workspace neither sees nor decides', async () => {
  const { id } = await asked('apart@example.com');
  const other = callerWith(app.url, await app.apiToken('another'));
  expect((await other.get('/reviews')).body).toEqual({ data: [], next: null });
  expect((await other.post(`/reviews/${id}/decide`, { skip: true })).status).toBe(404);
  expect(await reviewsOf('apart@example.com')).toHaveLength(1);
});

test('a question about a contact that is merged is asked on the survivor’s card, and answered with it', async () => {
  const { campaign, member, first } = await asked('merged.candidate@example.com', ['lead']);
  const user: { id: string } = await intercom(app, 'POST', '/contacts', {
    role: 'user',
    email: 'merged.candidate@example.com',
  });
  await settled(app);
  await intercom(app, 'POST', '/contacts/merge', { from: first, into: user.id });
  await settled(app);
  const [review] = await reviewsOf('merged.candidate@example.com');
  expect(review?.candidates.map((candidate) => candidate.contact_id)).toEqual([user.id]);
  await (await compare(user.id)).press('Same person', { use: 'link' });
  expect(await desk.enrolled(campaign, member)).toMatchObject({ state: 'done', contact_id: user.id });
});
