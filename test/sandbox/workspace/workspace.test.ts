// Teammates, visitors, segments, conversations and the installation in the sandbox's Intercom API.
import { describe, expect, test } from 'vitest';
import { create, openWorkspace, owner, refusalOf, type Workspace } from '../rest-workspace.ts';

describe('teammates and the workspace', () => {
  test('/me is the teammate who authorized the app, with the workspace', async () => {
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
    expect(data).toMatchObject({ type: 'visitor', id: 'v-1', name: 'Gareth', anonymous: true, email: '' });
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
    expect(lead.data).toMatchObject({ role: 'lead', external_id: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    withVisitor(workspace);
    await workspace.http.post(`/contacts/${user.id}/archive`);
    for (const [identity, status] of [
      [{}, 400],
      [{ id: 'nobody' }, 404],
      [{ user_id: 'u-1' }, 409],
    ] as const) {
      const body = { type: 'user', visitor, user: identity };
      expect((await workspace.http.post('/visitors/convert', body)).status).toBe(status);
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
        parts: [said('701', 'lead', id), said('702', 'admin', '501')],
      });
    }
    const list = (await workspace.http.get('/conversations?per_page=1')).data;
    expect(list).toMatchObject({ type: 'conversation.list', total_count: 2, conversations: [{ id: '71' }] });
    const { starting_after } = list.pages.next;
    const rest = await workspace.http.get('/conversations', { params: { per_page: 1, starting_after } });
    expect(rest.data.conversations).toMatchObject([{ id: '70' }]);
    expect((await workspace.http.get('/conversations/70')).data).toMatchObject({
      admin_assignee_id: 501,
      source: { body: '<p>701</p>', author: { type: 'lead', id } },
      contacts: { contacts: [{ id }] },
      conversation_parts: { conversation_parts: [{ id: 702, body: '<p>702</p>' }], total_count: 1 },
    });
    expect((await workspace.http.get('/conversations/1')).status).toBe(404);
  });

  test('conversations are found, where no one is in charge have no teammates, and their priority is of the version', async () => {
    await using workspace = await openWorkspace();
    const { id } = await create(workspace, { role: 'lead' });
    const author = { type: 'lead' as const, id, name: null };
    for (const [conversation, open] of [
      ['70', true],
      ['71', false],
    ] as const) {
      workspace.world.conversations.put({
        id: conversation,
        contact_ids: [id],
        title: null,
        source_type: 'email',
        open,
        read: true,
        admin_assignee_id: null,
        created_at: 1,
        updated_at: 5,
        parts: [{ id: `${conversation}0`, author, body: 'hi', created_at: 1 }],
      });
    }
    const search = async (...value: object[]) => {
      const body = { query: { operator: 'AND', value } };
      const { data } = await workspace.http.post('/conversations/search', body);
      return data.conversations.map((one: { id: string }) => one.id);
    };
    const ofLead = { field: 'contact_ids', operator: '=', value: id };
    expect(await search(ofLead, { field: 'open', operator: '=', value: true })).toEqual(['70']);
    expect(await search(ofLead, { field: 'state', operator: '!=', value: 'open' })).toEqual(['71']);
    expect(await search(ofLead, { field: 'updated_at', operator: '>', value: 4 })).toEqual(['71', '70']);
    expect(await search({ field: 'source.type', operator: 'IN', value: ['sms'] })).toEqual([]);
    const wrong = { query: { field: 'shoe_size', operator: '=', value: '1' } };
    expect((await workspace.http.post('/conversations/search', wrong)).status).toBe(400);

    const read = async (version: string) =>
      (await workspace.http.get('/conversations/70', { headers: { 'Intercom-Version': version } })).data;
    expect(await read('2.16')).toMatchObject({ priority: 'none', teammates: null });
    expect(await read('2.15')).toMatchObject({ priority: 'not_priority', teammates: null });
  });

  test('no one is subscribed to anything', async () => {
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
