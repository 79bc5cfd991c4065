// POST /contacts/search in the sandbox's Intercom API.
import { describe, expect, test } from 'vitest';
import { changeSettings } from '../../../sandbox/settings.ts';
import { create, openWorkspace, refusalOf, type Workspace } from '../rest-workspace.ts';

type Query = Record<string, unknown>;

const filter = (field: string, operator: string, value: unknown): Query => ({ field, operator, value });
const and = (...value: Query[]): Query => ({ operator: 'AND', value });
const or = (...value: Query[]): Query => ({ operator: 'OR', value });

function search(workspace: Workspace, query: Query | undefined, more: object = {}) {
  return workspace.http.post('/contacts/search', { query, ...more });
}

/** The names that a query finds, in order. */
async function names(workspace: Workspace, query: Query): Promise<string> {
  const { data, status } = await search(workspace, query, { sort: { field: 'name', order: 'ascending' } });
  if (status !== 200) throw new Error(JSON.stringify(data));
  return data.data.map((one: { name: string }) => one.name).join(' ');
}

/** Ada and Bo are users, Cy is a lead without anything. */
async function withThree(): Promise<Workspace> {
  const workspace = await openWorkspace();
  await create(workspace, {
    name: 'Ada',
    email: 'ada@north.example',
    phone: '+45 12 34',
    owner_id: '501',
    custom_attributes: { plan: 'pro', seats: 5, paid: true, score: 2, since: 1_772_600_400 },
  });
  await create(workspace, {
    name: 'Bo',
    email: 'bo@south.example',
    external_id: 'b-1',
    unsubscribed_from_emails: true,
    custom_attributes: { plan: 'free', seats: 10, paid: false },
  });
  await create(workspace, { name: 'Cy', role: 'lead' });
  return workspace;
}

describe('operators', () => {
  test.each([
    ['role', '=', 'lead', 'Cy'],
    ['role', '!=', 'lead', 'Ada Bo'],
    ['email', '=', 'ADA@north.example', 'Ada'],
    ['email', '!=', 'ada@north.example', 'Bo Cy'],
    ['email', '=', null, 'Cy'],
    ['email', '!=', null, 'Ada Bo'],
    ['email', '~', 'example', 'Ada Bo'],
    ['email', '!~', 'south', 'Ada Cy'],
    ['email', '^', 'bo@', 'Bo'],
    ['email', '$', 'north.example', 'Ada'],
    ['email_domain', '=', 'south.example', 'Bo'],
    ['formatted_phone', '=', '+451234', 'Ada'],
    ['owner_id', '=', '501', 'Ada'],
    ['external_id', 'IN', ['b-1', 'nobody'], 'Bo'],
    ['name', 'NIN', ['Ada', 'Cy'], 'Bo'],
    ['unsubscribed_from_emails', '=', true, 'Bo'],
    ['unsubscribed_from_emails', '!=', true, 'Ada Cy'],
    ['custom_attributes.plan', '=', 'pro', 'Ada'],
    ['custom_attributes.plan', '=', null, 'Cy'],
    ['custom_attributes.seats', '=', 10, 'Bo'],
    ['custom_attributes.seats', '=', '10', 'Bo'],
    ['custom_attributes.seats', '>', 5, 'Bo'],
    ['custom_attributes.seats', '>=', 5, 'Ada Bo'],
    ['custom_attributes.seats', '<', 10, 'Ada'],
    ['custom_attributes.seats', '<=', 10, 'Ada Bo'],
    ['custom_attributes.seats', 'IN', [5, 6], 'Ada'],
    ['custom_attributes.seats', 'NIN', [5], 'Bo Cy'],
    ['custom_attributes.paid', '=', false, 'Bo'],
    ['custom_attributes.since', '=', 1_772_600_400, 'Ada'],
    ['location.city', '!=', 'Oslo', 'Ada Bo Cy'],
    ['browser', '=', 'chrome', ''],
    ['last_email_opened_at', '>', 1, ''],
  ])('%s %s %j', async (field, operator, value, found) => {
    await using workspace = await withThree();
    expect(await names(workspace, filter(field, operator, value))).toBe(found);
  });

  test('finds by tag and by segment', async () => {
    await using workspace = await withThree();
    const tag = (await workspace.http.post('/tags', { name: 'vip' })).data;
    const ada = workspace.world.contacts.all().find((one) => one.name === 'Ada');
    await workspace.http.post(`/contacts/${ada?.id}/tags`, { id: tag.id });
    const times = { created_at: 1, updated_at: 1 };
    workspace.world.segments.put({ id: 's-1', name: 'All leads', person_type: 'contact', ...times });
    expect(await names(workspace, filter('tag_id', '=', tag.id))).toBe('Ada');
    expect(await names(workspace, filter('tag_id', '!=', tag.id))).toBe('Bo Cy');
    expect(await names(workspace, filter('segment_id', '=', 's-1'))).toBe('Cy');
    expect(await names(workspace, filter('segment_id', '!=', 's-1'))).toBe('Ada Bo');
  });

  test.each([
    ['an operator that a string does not take', filter('email', '>', 'a')],
    ['an operator that a boolean does not take', filter('has_hard_bounced', '~', 'a')],
    ['an operator that a number does not take', filter('custom_attributes.seats', '^', 1)],
    ['an operator that a date does not take', filter('created_at', '>=', 1)],
    ['another that a date does not take', filter('created_at', 'IN', [1])],
    ['a third that a date does not take', filter('custom_attributes.since', '!=', 1)],
    ['an operator that a tag does not take', filter('tag_id', 'IN', ['1'])],
    ['a field that does not exist', filter('shoe_size', '=', '1')],
    ['an attribute that does not exist', filter('custom_attributes.nope', '=', '1')],
    ['text for a date', filter('created_at', '=', 'foorbar')],
    ['text for a number', filter('custom_attributes.seats', '=', 'many')],
    ['a number for a string', filter('email', '=', 5)],
    ['text for a boolean', filter('has_hard_bounced', '=', 'perhaps')],
    ['a single value for IN', filter('email', 'IN', 'a')],
    ['a list for =', filter('email', '=', ['a'])],
    ['an empty group', and()],
    ['a group of filters and groups', and(filter('role', '=', 'lead'), or(filter('role', '=', 'lead')))],
    ['no query', undefined],
  ])('refuses %s', async (_what, query) => {
    await using workspace = await withThree();
    const answer = await search(workspace, query);
    expect(answer.status).toBe(400);
    expect(answer.data).toMatchObject({ type: 'error.list', errors: [{ code: 'parameter_invalid' }] });
  });
});

test('an operator that does not exist is an error of the server', async () => {
  await using workspace = await withThree();
  const answer = await search(workspace, filter('email', '==', 'a@example.com'));
  expect(refusalOf(answer)).toMatchObject({ status: 500, code: 'server_error' });
});

describe('groups', () => {
  test('AND and OR nest', async () => {
    await using workspace = await withThree();
    const query = and(
      or(filter('name', '=', 'Ada'), filter('name', '=', 'Cy')),
      or(filter('role', '=', 'lead'), filter('custom_attributes.plan', '=', 'free')),
    );
    expect(await names(workspace, query)).toBe('Cy');
  });

  test('two levels and fifteen filters are allowed, three and sixteen are not', async () => {
    await using workspace = await withThree();
    const one = filter('role', '=', 'lead');
    const fifteen = Array.from({ length: 15 }, () => one);
    expect((await search(workspace, and(or(one), or(one)))).status).toBe(200);
    expect(refusalOf(await search(workspace, and(or(and(one)))))).toMatchObject({
      status: 400,
      message: 'Filters can be nested 2 levels deep at most',
    });
    expect((await search(workspace, or(...fifteen))).status).toBe(200);
    expect(refusalOf(await search(workspace, or(...fifteen, one)))).toMatchObject({
      status: 400,
      message: 'A group can have 15 filters at most',
    });
  });
});

test("dates are whole days in the workspace's timezone", async () => {
  await using workspace = await openWorkspace();
  // Dublin is an hour ahead of UTC in July, so its 10 July starts at 23:00 UTC on the 9th.
  const at = (iso: string) => Date.parse(iso);
  for (const [name, iso] of [
    ['before', '2026-07-09T22:59:59Z'],
    ['first', '2026-07-09T23:00:00Z'],
    ['last', '2026-07-10T22:59:59Z'],
    ['next', '2026-07-10T23:00:00Z'],
  ] as const) {
    workspace.setNow(at(iso));
    await create(workspace, { role: 'lead', name });
  }
  workspace.setNow(at('2026-07-20T00:00:00Z'));
  const noon = at('2026-07-10T12:00:00Z') / 1000;
  expect(await names(workspace, filter('created_at', '=', noon))).toBe('first last');
  expect(await names(workspace, filter('created_at', '>', noon))).toBe('next');
  expect(await names(workspace, filter('created_at', '<', noon))).toBe('before');
  expect(await names(workspace, filter('created_at', '>', String(noon)))).toBe('next');
  // No one has been seen, so no comparison finds anyone.
  expect(await names(workspace, filter('last_seen_at', '<', noon))).toBe('');
});

describe('pages and order', () => {
  const everybody = filter('name', '!=', null);

  test('the cursor counts in the body and is passed over in the address', async () => {
    await using workspace = await withThree();
    const sort = { field: 'name', order: 'ascending' };
    const page = async (starting_after: string | null, params = {}) => {
      const body = { query: everybody, sort, pagination: { per_page: 2, starting_after } };
      return (await workspace.http.post('/contacts/search', body, { params })).data;
    };
    const first = await page(null);
    const next = first.pages.next.starting_after;
    expect(first.pages).toMatchObject({ page: 1, per_page: 2, total_pages: 2 });
    expect(first.data.map((one: { name: string }) => one.name)).toEqual(['Ada', 'Bo']);
    const again = await page(null, { starting_after: next });
    expect(again.data).toEqual(first.data);
    const second = await page(next);
    expect(second.data.map((one: { name: string }) => one.name)).toEqual(['Cy']);
    expect(second.pages.next).toBeUndefined();
  });

  test('a page keeps its place while contacts come and go', async () => {
    await using workspace = await withThree();
    const sort = { field: 'name', order: 'ascending' };
    const first = await search(workspace, everybody, { sort, pagination: { per_page: 1 } });
    await workspace.http.delete(`/contacts/${first.data.data[0].id}`);
    await create(workspace, { role: 'lead', name: 'Aaron' });
    const { starting_after } = first.data.pages.next;
    const second = await search(workspace, everybody, {
      sort,
      pagination: { per_page: 1, starting_after },
    });
    expect(second.data.data[0].name).toBe('Bo');
  });

  test('sorts descending unless told otherwise, those without a value at one end', async () => {
    await using workspace = await withThree();
    const order = async (sort: object) =>
      (await search(workspace, everybody, { sort })).data.data.map((one: { name: string }) => one.name);
    expect(await order({ field: 'name' })).toEqual(['Cy', 'Bo', 'Ada']);
    expect(await order({ field: 'email', order: 'ascending' })).toEqual(['Ada', 'Bo', 'Cy']);
    expect(await order({ field: 'custom_attributes.seats', order: 'descending' })).toEqual([
      'Cy',
      'Bo',
      'Ada',
    ]);
  });

  test('a wrong order is refused from 2.16 on and passed over before', async () => {
    await using workspace = await withThree();
    const body = { query: everybody, sort: { field: 'name', order: 'desc' } };
    expect(refusalOf(await workspace.http.post('/contacts/search', body))).toEqual({
      status: 400,
      code: 'invalid_sort_order',
      message: "Invalid sort order 'desc'. Must be one of: ascending, descending",
    });
    const headers = { 'Intercom-Version': '2.15' };
    expect((await workspace.http.post('/contacts/search', body, { headers })).status).toBe(200);
  });

  test('no page is larger than 150', async () => {
    await using workspace = await withThree();
    const status = async (per_page: number) =>
      (await search(workspace, everybody, { pagination: { per_page } })).status;
    expect(await status(150)).toBe(200);
    expect(await status(151)).toBe(400);
  });
});

test('a new contact is found once the lag is over, and is readable at once', async () => {
  await using workspace = await openWorkspace();
  changeSettings(workspace.world, { search_lag_ms: 60_000 });
  workspace.setNow(1_800_000_000_000);
  const { id } = await create(workspace, { role: 'lead', name: 'New' });
  expect(await names(workspace, filter('role', '=', 'lead'))).toBe('');
  expect((await workspace.http.get(`/contacts/${id}`)).status).toBe(200);
  workspace.setNow(1_800_000_059_999);
  expect(await names(workspace, filter('role', '=', 'lead'))).toBe('');
  workspace.setNow(1_800_000_060_000);
  expect(await names(workspace, filter('role', '=', 'lead'))).toBe('New');
});

describe('an index that lags', () => {
  const lag = 60_000;
  const start = 1_800_000_000_000;

  async function withLag(): Promise<Workspace> {
    const workspace = await openWorkspace();
    workspace.setNow(start);
    changeSettings(workspace.world, { search_lag_ms: lag });
    return workspace;
  }
  const listed = async (workspace: Workspace) =>
    (await workspace.http.get('/contacts')).data.data.map((one: { name: string }) => one.name);
  const leads = filter('role', '=', 'lead');

  test('shows the old values of a changed contact, and finds it by them', async () => {
    await using workspace = await withLag();
    const { id } = await create(workspace, {
      role: 'lead',
      name: 'Old',
      email: 'old@example.com',
      custom_attributes: { plan: 'free' },
    });
    workspace.setNow(start + lag);
    const body = { name: 'New', email: 'new@example.com', custom_attributes: { plan: 'pro' } };
    await workspace.http.put(`/contacts/${id}`, body);
    expect((await workspace.http.get(`/contacts/${id}`)).data).toMatchObject(body);
    const found = (await search(workspace, filter('email', '=', 'old@example.com'))).data.data;
    expect(found).toMatchObject([{ id, name: 'Old', custom_attributes: { plan: 'free' } }]);
    expect(found[0].updated_at).toBeLessThan((start + lag) / 1000);
    expect((await search(workspace, filter('email', '=', 'new@example.com'))).data.total_count).toBe(0);
    expect(await listed(workspace)).toEqual(['Old']);
    workspace.setNow(start + 2 * lag);
    expect((await search(workspace, filter('email', '=', 'old@example.com'))).data.total_count).toBe(0);
    expect(await names(workspace, filter('custom_attributes.plan', '=', 'pro'))).toBe('New');
    expect(await listed(workspace)).toEqual(['New']);
  });

  test('shows each of several changes in its turn', async () => {
    await using workspace = await withLag();
    const { id } = await create(workspace, { role: 'lead', name: 'First' });
    workspace.setNow(start + 10_000);
    await workspace.http.put(`/contacts/${id}`, { name: 'Second' });
    const seen: string[] = [];
    for (const later of [0, lag - 10_000, lag - 1, lag]) {
      workspace.setNow(start + 10_000 + later);
      seen.push(await names(workspace, leads));
    }
    expect(seen).toEqual(['', 'First', 'First', 'Second']);
  });

  test('has those who were archived, deleted and merged for as long', async () => {
    await using workspace = await withLag();
    const email = 'user@example.com';
    const user = await create(workspace, { email });
    const ids: string[] = [];
    for (const name of ['Archived', 'Deleted', 'Merged'])
      ids.push((await create(workspace, { role: 'lead', name, email })).id);
    workspace.setNow(start + lag);
    const [archived, deleted, merged] = ids;
    await workspace.http.post(`/contacts/${archived}/archive`);
    await workspace.http.delete(`/contacts/${deleted}`);
    await workspace.http.post('/contacts/merge', { from: merged, into: user.id });
    expect(await names(workspace, leads)).toBe('Archived Deleted Merged');
    workspace.setNow(start + 2 * lag);
    expect(await names(workspace, leads)).toBe('');
  });

  test('catches up as much faster as time is scaled', async () => {
    await using workspace = await withLag();
    changeSettings(workspace.world, { time_scale: 100 });
    await create(workspace, { role: 'lead', name: 'New' });
    workspace.setNow(start + lag / 100 - 1);
    expect(await names(workspace, leads)).toBe('');
    workspace.setNow(start + lag / 100);
    expect(await names(workspace, leads)).toBe('New');
  });
});

describe('a list that moves while it is read', () => {
  async function secondPage(workspace: Workspace): Promise<string[]> {
    const made: string[] = [];
    for (let n = 0; n < 4; n += 1) {
      workspace.setNow(1_800_000_000_000 + n * 1000);
      made.push((await create(workspace, { role: 'lead', name: `lead ${n}` })).id);
    }
    const page = (starting_after?: string) =>
      search(workspace, filter('role', '=', 'lead'), { pagination: { per_page: 2, starting_after } });
    const first = await page();
    await workspace.http.delete(`/contacts/${made.at(-1)}`);
    const second = await page(first.data.pages.next.starting_after);
    return second.data.data.map((one: { name: string }) => one.name);
  }

  test('loses the contact that moved up', async () => {
    await using workspace = await openWorkspace();
    expect(await secondPage(workspace)).toEqual(['lead 0']);
  });
});
