// What the sandbox's Intercom API has around contacts: tags, notes, companies, attributes, events, visitors, …
import { describe, expect, test } from 'vitest';
import { create, openWorkspace, owner, refusalOf, type Workspace } from './rest-workspace.ts';

describe('teammates and the workspace', () => {
  test('/me is the teammate who authorised the app, with the workspace', async () => {
    await using workspace = await openWorkspace();
    workspace.world.admins.put({ ...owner, id: '502', name: 'Second' });
    workspace.world.tokens.put({ id: 't', client_id: 'c', admin_id: '502', revoked: false, created_at: 1 });
    const { data } = await workspace.http.get('/me', { headers: { Authorization: 'Bearer t' } });
    expect(data).toMatchObject({
      type: 'admin',
      id: '502',
      email_verified: true,
      app: { type: 'app', id_code: 'sandbox', region: 'US', timezone: 'Europe/Dublin' },
    });
    expect((await workspace.http.get('/me')).data.id).toBe('501');
  });

  test('lists teammates and shows one', async () => {
    await using workspace = await openWorkspace();
    const { data } = await workspace.http.get('/admins');
    expect(data).toMatchObject({ type: 'admin.list', admins: [{ id: '501', name: 'Ola Nord' }] });
    expect((await workspace.http.get('/admins/501')).data).toEqual(data.admins[0]);
    expect(refusalOf(await workspace.http.get('/admins/9'))).toMatchObject({
      status: 404,
      code: 'admin_not_found',
    });
  });
});

describe('tags', () => {
  test('are made by name whatever its case, and renamed by id', async () => {
    await using workspace = await openWorkspace();
    const tag = (await workspace.http.post('/tags', { name: 'Referred' })).data;
    expect((await workspace.http.post('/tags', { name: 'referred' })).data.id).toBe(tag.id);
    await workspace.http.post('/tags', { id: tag.id, name: 'Recommended' });
    const list = (await workspace.http.get('/tags')).data;
    expect(list).toEqual({ type: 'list', data: [{ type: 'tag', id: tag.id, name: 'Recommended' }] });
    expect((await workspace.http.get(`/tags/${tag.id}`)).data).toEqual(list.data[0]);
    expect(refusalOf(await workspace.http.post('/tags', { label: 'x' }))).toEqual({
      status: 400,
      code: 'parameter_invalid',
      message: 'invalid tag parameters',
    });
    expect((await workspace.http.post('/tags', { id: '1', name: 'x' })).status).toBe(404);
  });

  test('go on a contact once and come off once, which is told with tag and contact', async () => {
    await using workspace = await openWorkspace();
    const tag = (await workspace.http.post('/tags', { name: 'vip' })).data;
    const lead = await create(workspace, { role: 'lead' });
    const user = await create(workspace, { external_id: 'u' });
    workspace.topics();
    for (const { id } of [lead, lead, user])
      await workspace.http.post(`/contacts/${id}/tags`, { id: tag.id });
    for (let n = 0; n < 2; n += 1) await workspace.http.delete(`/contacts/${lead.id}/tags/${tag.id}`);
    expect(workspace.topics()).toEqual([
      'contact.lead.tag.created',
      'contact.user.tag.created',
      'contact.lead.tag.deleted',
    ]);
    expect(workspace.emitted.at(-1)?.item).toMatchObject({
      type: 'contact_tag',
      tag: { type: 'tag', id: tag.id, name: 'vip' },
      contact: { type: 'contact', id: lead.id, role: 'lead' },
    });
    expect((await workspace.http.get(`/contacts/${user.id}/tags`)).data.data).toHaveLength(1);
    expect((await workspace.http.get(`/contacts/${lead.id}/tags`)).data.data).toEqual([]);
  });

  test('unknown tags and contacts are 404, with a message of their own each', async () => {
    await using workspace = await openWorkspace();
    const { id } = await create(workspace, { role: 'lead' });
    const tag = (await workspace.http.post('/tags', { name: 'vip' })).data;
    const post = async (contact: string, tagId: string) =>
      refusalOf(await workspace.http.post(`/contacts/${contact}/tags`, { id: tagId }));
    expect(await post(id, '1')).toEqual({ status: 404, code: 'not_found', message: 'Resource Not Found' });
    expect(await post('x', tag.id)).toEqual({ status: 404, code: 'not_found', message: 'User Not Found' });
  });

  test('tag several people and companies by name, and untag companies', async () => {
    await using workspace = await openWorkspace();
    const { id } = await create(workspace, { role: 'lead' });
    const company = (await workspace.http.post('/companies', { company_id: 'c-1' })).data;
    const users = await workspace.http.post('/tags', { name: 'vip', users: [{ id }] });
    expect(users.data).toMatchObject({ users: [{ id, tagged: true }], companies: [] });
    expect(workspace.topics()).toContain('contact.lead.tag.created');
    await workspace.http.post('/tags', { name: 'vip', companies: [{ company_id: 'c-1' }] });
    const tagged = await workspace.http.get(`/companies?tag_id=${users.data.id}`);
    expect(tagged.data.data).toMatchObject([{ id: company.id, tags: { tags: [{ name: 'vip' }] } }]);
    await workspace.http.post('/tags', { name: 'vip', companies: [{ id: company.id, untag: true }] });
    expect((await workspace.http.get(`/companies?tag_id=${users.data.id}`)).data.data).toEqual([]);
    expect((await workspace.http.post('/tags', { name: 'n', companies: [{ id: 'x' }] })).status).toBe(404);
    expect((await workspace.http.post('/tags', { name: 'n', users: [{ id: 'x' }] })).status).toBe(404);
    expect((await workspace.http.get('/tags')).data.data).toHaveLength(1);
  });

  test('a deleted tag comes off everybody', async () => {
    await using workspace = await openWorkspace();
    const { id } = await create(workspace, { role: 'lead' });
    const tag = (await workspace.http.post('/tags', { name: 'vip', users: [{ id }] })).data;
    const deleted = await workspace.http.delete(`/tags/${tag.id}`);
    expect([deleted.status, deleted.data]).toEqual([200, '']);
    expect((await workspace.http.get(`/contacts/${id}`)).data.tags.total_count).toBe(0);
    expect((await workspace.http.get(`/tags/${tag.id}`)).status).toBe(404);
  });
});

describe('notes', () => {
  test('are written by a teammate and read back as HTML, latest first', async () => {
    await using workspace = await openWorkspace();
    workspace.world.admins.put({ ...owner, id: '502', name: 'Second' });
    const { id } = await create(workspace, { role: 'lead' });
    const write = (body: object) => workspace.http.post(`/contacts/${id}/notes`, body);
    const first = (await write({ body: 'plain {{text}}' })).data;
    expect(first).toMatchObject({
      type: 'note',
      body: '<p>plain {{text}}</p>',
      contact: { type: 'contact', id },
      author: { type: 'admin', id: '501' },
    });
    const second = (await write({ body: '<p>rich</p>', admin_id: '502' })).data;
    expect(second).toMatchObject({ body: '<p>rich</p>', author: { id: '502', name: 'Second' } });
    const list = (await workspace.http.get(`/contacts/${id}/notes`)).data;
    expect(list).toMatchObject({ type: 'list', data: [second, first], total_count: 2 });
    expect((await workspace.http.get(`/notes/${first.id}`)).data).toEqual(first);
    expect((await workspace.http.get(`/contacts/${id}`)).data.notes.total_count).toBe(2);
    expect(refusalOf(await write({}))).toMatchObject({ status: 400, message: 'body not specified' });
    expect(refusalOf(await write({ body: 'x', admin_id: '9' }))).toMatchObject({ status: 404 });
  });

  test('page by number', async () => {
    await using workspace = await openWorkspace();
    const { id } = await create(workspace, { role: 'lead' });
    for (const body of ['one', 'two', 'three']) await workspace.http.post(`/contacts/${id}/notes`, { body });
    const { data } = await workspace.http.get(`/contacts/${id}/notes?page=2&per_page=2`);
    expect(data).toMatchObject({
      data: [{ body: '<p>one</p>' }],
      total_count: 3,
      pages: { page: 2, total_pages: 2 },
    });
    expect((await workspace.http.get(`/contacts/${id}/notes?page=3&per_page=2`)).data.data).toEqual([]);
  });
});

describe('companies', () => {
  test('are made and updated by their company_id, and changed and deleted by their id', async () => {
    await using workspace = await openWorkspace();
    const made = (await workspace.http.post('/companies', { company_id: 'c-1', name: 'One', plan: 'Gold' }))
      .data;
    expect(made).toMatchObject({ type: 'company', company_id: 'c-1', plan: { name: 'Gold' }, user_count: 0 });
    const again = await workspace.http.post('/companies', {
      company_id: 'c-1',
      size: 5,
      custom_attributes: { tier: 'a' },
    });
    expect(again.data).toMatchObject({ id: made.id, name: 'One', size: 5, custom_attributes: { tier: 'a' } });
    const put = await workspace.http.put(`/companies/${made.id}`, { name: 'Uno' });
    expect(put.data).toMatchObject({ name: 'Uno', company_id: 'c-1', size: 5 });
    expect((await workspace.http.get('/companies?company_id=c-1')).data.data).toEqual([put.data]);
    expect((await workspace.http.get('/companies?name=Uno')).data.total_count).toBe(1);
    expect((await workspace.http.get('/companies?name=One')).data.errors[0].code).toBe('company_not_found');
    expect((await workspace.http.post('/companies', { name: 'x' })).status).toBe(400);
    expect((await workspace.http.delete(`/companies/${made.id}`)).data).toEqual({
      id: made.id,
      object: 'company',
      deleted: true,
    });
    expect((await workspace.http.get(`/companies/${made.id}`)).status).toBe(404);
  });

  test('take contacts on and let them go, which is told once', async () => {
    await using workspace = await openWorkspace();
    const company = (await workspace.http.post('/companies', { company_id: 'c-1', name: 'One' })).data;
    const { id } = await create(workspace, { external_id: 'u' });
    const path = `/contacts/${id}/companies`;
    workspace.topics();
    for (let n = 0; n < 2; n += 1) {
      expect((await workspace.http.post(path, { id: company.id })).data.user_count).toBe(1);
    }
    expect((await workspace.http.get(path)).data).toMatchObject({
      type: 'list',
      companies: [{ id: company.id }],
      total_count: 1,
    });
    const people = await workspace.http.get(`/companies/${company.id}/contacts`);
    expect(people.data).toMatchObject({ type: 'list', data: [{ id }] });
    for (let n = 0; n < 2; n += 1) await workspace.http.delete(`${path}/${company.id}`);
    expect(workspace.topics()).toEqual(['company.contact.attached', 'company.contact.detached']);
    expect(workspace.emitted.at(-1)?.item).toMatchObject({
      company: { type: 'company', id: company.id },
      contact: { type: 'contact', id },
    });
    expect(refusalOf(await workspace.http.post(path, {}))).toEqual({
      status: 400,
      code: 'parameter_not_found',
      message: 'company not specified',
    });
    expect((await workspace.http.post(path, { id: 'x' })).data.errors[0].code).toBe('company_not_found');
  });

  test('are at most a thousand to a contact', async () => {
    await using workspace = await openWorkspace();
    const company = (await workspace.http.post('/companies', { company_id: 'c-1' })).data;
    const { id } = await create(workspace, { role: 'lead' });
    const contact = workspace.world.contacts.get(id);
    const company_ids = Array.from({ length: 1000 }, (_, n) => `c${n}`);
    if (contact) workspace.world.contacts.put({ ...contact, company_ids });
    const answer = await workspace.http.post(`/contacts/${id}/companies`, { id: company.id });
    expect(refusalOf(answer)).toMatchObject({ status: 400, code: 'contact_company_limit_exceeded' });
  });

  test('are listed by page and scrolled to the end', async () => {
    await using workspace = await openWorkspace();
    for (const company_id of ['a', 'b', 'c']) await workspace.http.post('/companies', { company_id });
    const list = await workspace.http.post('/companies/list?per_page=2&order=asc');
    expect(list.data).toMatchObject({ data: [{ company_id: 'a' }, { company_id: 'b' }], total_count: 3 });
    const scroll = await workspace.http.get('/companies/scroll');
    expect(scroll.data.data).toHaveLength(3);
    const { scroll_param } = scroll.data;
    expect((await workspace.http.get('/companies/scroll', { params: { scroll_param } })).data.data).toEqual(
      [],
    );
    expect((await workspace.http.get('/companies/scroll?scroll_param=x')).status).toBe(400);
  });
});

describe('data attributes', () => {
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
    expect((await workspace.http.put(`/contacts/${id}`, { custom_attributes })).status).toBe(400);
    const listed = async (query: string) =>
      (await workspace.http.get(`/data_attributes?${query}`)).data.data.map(
        (one: { name: string }) => one.name,
      );
    expect(await listed('model=contact')).not.toContain('referral_status');
    expect(await listed('model=contact&include_archived=true')).toContain('referral_status');
    expect(await listed('model=company&include_archived=true')).toEqual([]);
  });

  test.each([
    ['a taken name', { name: 'Plan' }, /You already have 'Plan' in your people data/],
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
    expect(await post({ id: lead.id, metadata: { deep: { er: {} } } })).toBe(400);
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

describe('visitors', () => {
  function withVisitor(workspace: Workspace) {
    return workspace.world.visitors.put({
      id: 'v-1',
      user_id: 'anonymous-1',
      email: null,
      name: null,
      pseudonym: 'Amber Lantern from Cork',
      created_at: 1,
      updated_at: 1,
      custom_attributes: {},
    });
  }

  test('are read and changed by user_id', async () => {
    await using workspace = await openWorkspace();
    withVisitor(workspace);
    await workspace.http.put('/visitors', { user_id: 'anonymous-1', name: 'Gareth' });
    const { data } = await workspace.http.get('/visitors?user_id=anonymous-1');
    expect(data).toMatchObject({ type: 'visitor', id: 'v-1', name: 'Gareth', anonymous: true });
    expect(refusalOf(await workspace.http.get('/visitors?user_id=x'))).toEqual({
      status: 404,
      code: 'not_found',
      message: 'Visitor Not Found',
    });
  });

  test('become a user of the given identity, told in the old words', async () => {
    await using workspace = await openWorkspace();
    withVisitor(workspace);
    const { data } = await workspace.http.post('/visitors/convert', {
      type: 'user',
      visitor: { user_id: 'anonymous-1' },
      user: { user_id: 'u-1', email: 'u@example.com' },
    });
    expect(data).toMatchObject({ role: 'user', external_id: 'u-1', email: 'u@example.com' });
    expect(workspace.topics()).toEqual(['contact.user.created', 'visitor.signed_up']);
    expect(workspace.emitted.at(-1)?.item).toMatchObject({
      type: 'user',
      id: data.id,
      user_id: 'u-1',
      anonymous: false,
      pseudonym: 'Amber Lantern from Cork',
      location_data: {},
    });
    expect((await workspace.http.get('/visitors?user_id=anonymous-1')).status).toBe(404);
  });

  test('go up in a user who is there already, or become a lead', async () => {
    await using workspace = await openWorkspace();
    const user = await create(workspace, { external_id: 'u-1' });
    const visitor = { id: 'v-1' };
    withVisitor(workspace);
    const merged = await workspace.http.post('/visitors/convert', {
      type: 'user',
      visitor,
      user: { user_id: 'u-1' },
    });
    expect(merged.data.id).toBe(user.id);
    withVisitor(workspace);
    const lead = await workspace.http.post('/visitors/convert', {
      type: 'lead',
      visitor,
      user: { user_id: 'l-1' },
    });
    expect(lead.data).toMatchObject({ role: 'lead', external_id: 'l-1' });
    withVisitor(workspace);
    for (const user of [{}, { id: 'nobody' }]) {
      const answer = await workspace.http.post('/visitors/convert', { type: 'user', visitor, user });
      expect(answer.status).toBeGreaterThanOrEqual(400);
    }
    expect((await workspace.http.get('/visitors?user_id=anonymous-1')).status).toBe(200);
  });
});

describe('segments, conversations, subscriptions and the installation', () => {
  test('segments are listed, counted and shown on their contacts', async () => {
    await using workspace = await openWorkspace();
    const times = { created_at: 1, updated_at: 2 };
    workspace.world.segments.put({ id: 's-1', name: 'All leads', person_type: 'contact', ...times });
    workspace.world.segments.put({ id: 's-2', name: 'All users', person_type: 'user', ...times });
    const { id } = await create(workspace, { role: 'lead' });
    const segment = { type: 'segment', id: 's-1', name: 'All leads', person_type: 'contact', ...times };
    expect((await workspace.http.get(`/contacts/${id}/segments`)).data).toEqual({
      type: 'list',
      data: [segment],
    });
    const counted = (await workspace.http.get('/segments?include_count=true')).data;
    expect(counted).toMatchObject({ type: 'segment.list', segments: [{ count: 1 }, { count: 0 }] });
    expect((await workspace.http.get('/segments/s-1')).data).toEqual(segment);
    expect((await workspace.http.get('/segments/x')).status).toBe(404);
  });

  test('conversations are listed by page, and shown with their parts', async () => {
    await using workspace = await openWorkspace();
    const { id } = await create(workspace, { role: 'lead', name: 'L' });
    const said = (partId: string, type: 'lead' | 'admin', authorId: string) => ({
      id: partId,
      author: { type, id: authorId, name: null },
      body: `<p>${partId}</p>`,
      created_at: 5,
    });
    for (const [conversation, updated_at] of [
      ['70', 1],
      ['71', 2],
    ] as const) {
      workspace.world.conversations.put({
        id: conversation,
        contact_ids: [id],
        title: 'A question',
        source_type: 'conversation',
        open: true,
        read: false,
        admin_assignee_id: '501',
        created_at: 1,
        updated_at,
        parts: [said('first', 'lead', id), said('second', 'admin', '501')],
      });
    }
    const list = (await workspace.http.get('/conversations?per_page=1')).data;
    expect(list).toMatchObject({ type: 'conversation.list', total_count: 2, conversations: [{ id: '71' }] });
    const { starting_after } = list.pages.next;
    const rest = await workspace.http.get('/conversations', { params: { per_page: 1, starting_after } });
    expect(rest.data.conversations).toMatchObject([{ id: '70' }]);
    expect((await workspace.http.get('/conversations/70')).data).toMatchObject({
      admin_assignee_id: 501,
      source: { body: '<p>first</p>', author: { type: 'lead', id } },
      contacts: { contacts: [{ id }] },
      conversation_parts: { conversation_parts: [{ body: '<p>second</p>' }], total_count: 1 },
    });
    expect((await workspace.http.get('/conversations/1')).status).toBe(404);
  });

  test('nobody is subscribed to anything', async () => {
    await using workspace = await openWorkspace();
    const { id } = await create(workspace, { role: 'lead' });
    const none = { type: 'list', data: [] };
    expect((await workspace.http.get('/subscription_types')).data).toEqual(none);
    expect((await workspace.http.get(`/contacts/${id}/subscriptions`)).data).toEqual(none);
    expect((await workspace.http.get('/contacts/x/subscriptions')).status).toBe(404);
  });

  test('the app says how its installation is, and why', async () => {
    await using workspace = await openWorkspace();
    const post = async (body: object) => (await workspace.http.post('/app_install/status', body)).status;
    const unwell = { state: 'UNHEALTHY', message: 'Reconnect', cta_type: 'REINSTALL_CTA' };
    expect(await post(unwell)).toBe(200);
    expect(workspace.world.settings.get('settings')?.app_install_status).toEqual(unwell);
    expect(await post({ state: 'OK' })).toBe(200);
    expect(await post({ state: 'FINE' })).toBe(400);
    expect(await post({ state: 'UNHEALTHY' })).toBe(400);
    expect(await post({ ...unwell, cta_type: 'URL_CTA' })).toBe(400);
    expect(await post({ ...unwell, message: 'x'.repeat(2085) })).toBe(400);
  });
});
