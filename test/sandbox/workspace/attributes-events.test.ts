// Data attributes and data events in the sandbox's Intercom API.
import { describe, expect, test } from 'vitest';
import { addAttribute, create, openWorkspace, refusalOf } from '../rest-workspace.ts';

describe('data attributes', () => {
  test('are listed with the standard ones, which have no id and are not custom', async () => {
    await using workspace = await openWorkspace();
    const { data } = (await workspace.http.get('/data_attributes?model=contact')).data;
    const standard = data.filter((one: { custom: boolean }) => !one.custom);
    expect(standard).toHaveLength(32);
    expect(standard).toContainEqual(
      expect.objectContaining({ name: 'country', full_name: 'location.country', api_writable: false }),
    );
    for (const attribute of standard) expect(attribute).not.toHaveProperty('id');
    const plan = data.find((one: { name: string }) => one.name === 'plan');
    expect(plan).toMatchObject({ id: expect.any(Number), custom: true, ui_writable: false });
  });

  test('are 250 at most', async () => {
    await using workspace = await openWorkspace();
    for (let n = 0; n < 250; n += 1) addAttribute(workspace.world, { name: `a${n}`, archived: n < 6 });
    const body = { name: 'more', model: 'contact', data_type: 'string' };
    expect(refusalOf(await workspace.http.post('/data_attributes', body))).toMatchObject({
      status: 422,
      code: 'custom_data_limit_reached',
    });
    workspace.world.dataAttributes.remove(workspace.world.dataAttributes.all().at(-1)?.id ?? '');
    expect((await workspace.http.post('/data_attributes', body)).status).toBe(200);
  });

  test('are made, may then be written, and may be archived', async () => {
    await using workspace = await openWorkspace();
    const attribute = { name: 'referral_status', model: 'contact', data_type: 'options' };
    const options = [{ value: 'pending' }, { value: 'qualified' }];
    const made = (await workspace.http.post('/data_attributes', { ...attribute, options })).data;
    expect(made).toMatchObject({
      type: 'data_attribute',
      id: expect.any(Number),
      full_name: 'custom_attributes.referral_status',
      data_type: 'string',
      options: ['pending', 'qualified'],
      messenger_writable: false,
      custom: true,
      archived: false,
      admin_id: '501',
    });
    const custom_attributes = { referral_status: 'qualified' };
    const { id } = await create(workspace, { role: 'lead', custom_attributes });
    const archived = await workspace.http.put(`/data_attributes/${made.id}`, {
      archived: true,
      description: 'over',
    });
    expect(archived.data).toEqual({
      ...made,
      archived: true,
      description: 'over',
      updated_at: expect.any(Number),
    });
    const written = { referral_status: 'pending' };
    const passedOver = await workspace.http.put(`/contacts/${id}`, { custom_attributes: written });
    expect(passedOver.data.custom_attributes).toEqual(custom_attributes);
    const listed = async (query: string) =>
      (await workspace.http.get(`/data_attributes?${query}`)).data.data.map(
        (one: { name: string }) => one.name,
      );
    expect(await listed('model=contact')).not.toContain('referral_status');
    expect(await listed('model=contact&include_archived=true')).toContain('referral_status');
    expect(await listed('model=company&include_archived=true')).not.toContain('referral_status');
  });

  test.each([
    ['a taken name', { name: 'Plan' }, /You already have 'Plan' in your people data/],
    ['a standard name', { name: 'Email' }, /You already have 'Email' in your people data/],
    ['a name with an exclamation mark', { name: 'wow!' }, /alphanumeric/],
    ['a model of its own', { model: 'ticket' }, /must be either contact or company/],
    ['a type of its own', { data_type: 'money' }, /Data Type isn't an option/],
    ['too few options', { data_type: 'options', options: [{ value: 'a' }] }, /at least two/],
    ['a list without options', { data_type: 'options' }, /Options isn't an array/],
    ['no name', { name: undefined }, /name not specified/],
  ])('are refused with %s', async (_what, change, message) => {
    await using workspace = await openWorkspace();
    const body = { name: 'fresh', model: 'contact', data_type: 'string', ...change };
    const answer = await workspace.http.post('/data_attributes', body);
    expect(refusalOf(answer)).toMatchObject({ status: 400, message: expect.stringMatching(message) });
  });

  test('of conversations moved elsewhere with 2.16, and unknown ones are 404', async () => {
    await using workspace = await openWorkspace();
    const list = (version: string) =>
      workspace.http.get('/data_attributes?model=conversation', { headers: { 'Intercom-Version': version } });
    expect(refusalOf(await list('2.16'))).toMatchObject({ status: 422, code: 'parameter_invalid' });
    expect((await list('2.15')).data.data).toEqual([]);
    const put = await workspace.http.put('/data_attributes/1', { archived: true });
    expect(refusalOf(put)).toMatchObject({ status: 404, code: 'field_not_found' });
  });
});

describe('data events', () => {
  test('have 120 names at most, and go on under those that there are', async () => {
    await using workspace = await openWorkspace();
    const { id } = await create(workspace, { role: 'lead' });
    for (let n = 0; n < 120; n += 1) {
      const event = { event_name: `e${n}`, contact_id: id, created_at: 1, metadata: {} };
      workspace.world.dataEvents.put({ id: String(n), ...event });
    }
    const post = (event_name: string) => workspace.http.post('/events', { event_name, created_at: 2, id });
    expect(refusalOf(await post('more'))).toMatchObject({ status: 422, code: 'custom_data_limit_reached' });
    expect((await post('e7')).status).toBe(202);
  });

  test('are accepted once, and counted by name', async () => {
    await using workspace = await openWorkspace();
    const { id } = await create(workspace, { external_id: 'u-1', email: 'u@example.com' });
    const now = workspace.world.now();
    const metadata = Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`key ${n}`, n]));
    for (const by of [{ id }, { user_id: 'u-1' }, { email: 'U@example.com' }]) {
      const body = { event_name: 'referral-qualified', created_at: now, metadata, ...by };
      const answer = await workspace.http.post('/events', body);
      expect([answer.status, answer.data]).toEqual([202, '']);
    }
    await workspace.http.post('/events', { event_name: 'referral-qualified', created_at: now - 5, id });
    const { data } = await workspace.http.get(`/events?type=user&intercom_user_id=${id}&summary=true`);
    expect(data).toMatchObject({
      type: 'event.summary',
      intercom_user_id: id,
      user_id: 'u-1',
      events: [{ name: 'referral-qualified', count: 2 }],
    });
    expect(Object.keys(workspace.world.dataEvents.all()[0]?.metadata ?? {})).toHaveLength(10);
  });

  test('need a person that exists: leads by id only', async () => {
    await using workspace = await openWorkspace();
    const lead = await create(workspace, { role: 'lead', email: 'l@example.com', external_id: 'l-1' });
    const post = async (by: object) =>
      (await workspace.http.post('/events', { event_name: 'e', created_at: 1, ...by })).status;
    expect(await post({ id: lead.id })).toBe(202);
    expect(await post({ email: 'l@example.com' })).toBe(404);
    expect(await post({ user_id: 'l-1' })).toBe(404);
    expect(await post({ id: 'nobody' })).toBe(404);
    expect(await post({})).toBe(400);
    await workspace.http.post(`/contacts/${lead.id}/archive`);
    expect(await post({ id: lead.id })).toBe(404);
    const user = await create(workspace, { email: 'l@example.com' });
    await workspace.http.post(`/contacts/${lead.id}/unarchive`);
    await workspace.http.post('/contacts/merge', { from: lead.id, into: user.id });
    expect(await post({ id: lead.id })).toBe(404);
    expect(await post({ id: user.id, metadata: { deep: { er: {} } } })).toBe(400);
  });

  test('older than ninety days are still summed up but no longer listed', async () => {
    await using workspace = await openWorkspace();
    const { id } = await create(workspace, { role: 'lead' });
    const created_at = workspace.world.now() - 91 * 86_400;
    await workspace.http.post('/events', { event_name: 'long ago', created_at, id });
    const url = `/events?type=user&intercom_user_id=${id}`;
    expect((await workspace.http.get(url)).data.events).toEqual([]);
    expect((await workspace.http.get(`${url}&summary=true`)).data.events).toHaveLength(1);
    expect((await workspace.http.get(`/events?intercom_user_id=${id}`)).status).toBe(400);
  });
});
