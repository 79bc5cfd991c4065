// POST /contacts/merge in the sandbox's Intercom API, and what happens to the id that is merged away.
import { describe, expect, test } from 'vitest';
import { changeSettings } from '../../../sandbox/settings.ts';
import type { Contact } from '../../../sandbox/world.ts';
import { create, openWorkspace, refusalOf, type Workspace } from '../rest-workspace.ts';

function merge(workspace: Workspace, from: string, into: string, more: object = {}, version = '2.16') {
  const headers = { 'Intercom-Version': version };
  return workspace.http.post('/contacts/merge', { from, into, ...more }, { headers });
}

async function twins(workspace: Workspace) {
  const user = await create(workspace, {
    email: 'twin@example.com',
    external_id: 'u-1',
    name: 'User',
    custom_attributes: { plan: 'pro' },
  });
  const lead = await create(workspace, {
    role: 'lead',
    email: 'Twin@example.com',
    name: 'Lead',
    phone: '+45',
    owner_id: '501',
    custom_attributes: { plan: 'free', seats: 3 },
  });
  return { user, lead };
}

function setChannel(workspace: Workspace, id: string, channel: Contact['channel']) {
  const contact = workspace.world.contacts.get(id);
  if (contact) workspace.world.contacts.put({ ...contact, channel });
}

describe('merging', () => {
  test('fills the gaps of the user, keeps what it had, and tells', async () => {
    await using workspace = await openWorkspace();
    const { user, lead } = await twins(workspace);
    workspace.topics();
    const { status, data } = await merge(workspace, lead.id, user.id);
    expect(status).toBe(200);
    expect(data).toMatchObject({
      id: user.id,
      role: 'user',
      external_id: 'u-1',
      email: 'twin@example.com',
      name: 'User',
      phone: '+45',
      owner_id: '501',
      custom_attributes: { plan: 'pro', seats: 3 },
    });
    expect(workspace.topics()).toEqual(['contact.deleted', 'contact.merged', 'contact.user.updated']);
    expect(workspace.emitted.at(-3)?.item).toMatchObject({ id: lead.id, deleted: true });
    expect(workspace.emitted.at(-2)?.item).toMatchObject({ id: user.id, phone: '+45' });
    expect(workspace.emitted.at(-2)?.item).not.toHaveProperty('merged_from');
  });

  test('says which lead it was where it is told to', async () => {
    await using workspace = await openWorkspace();
    changeSettings(workspace.world, { merged_from: true });
    const { user, lead } = await twins(workspace);
    await merge(workspace, lead.id, user.id);
    expect(workspace.emitted.at(-2)?.item).toMatchObject({ merged_from: { type: 'contact', id: lead.id } });
  });

  test('moves notes, tags, companies, events and conversations', async () => {
    await using workspace = await openWorkspace();
    const { user, lead } = await twins(workspace);
    const { http, world } = workspace;
    const tag = (await http.post('/tags', { name: 'vip' })).data;
    const company = (await http.post('/companies', { company_id: 'c-1', name: 'C' })).data;
    await http.post(`/contacts/${lead.id}/tags`, { id: tag.id });
    await http.post(`/contacts/${lead.id}/companies`, { id: company.id });
    await http.post(`/contacts/${lead.id}/notes`, { body: 'about the lead' });
    await http.post('/events', { event_name: 'asked', created_at: world.now(), id: lead.id });
    const author = { type: 'lead' as const, id: lead.id, name: 'Lead' };
    world.conversations.put({
      id: '77',
      contact_ids: [lead.id, user.id],
      title: null,
      source_type: 'conversation',
      open: true,
      read: true,
      admin_assignee_id: null,
      created_at: 1,
      updated_at: 1,
      parts: [{ id: '78', author, body: 'hello', created_at: 1 }],
    });
    await merge(workspace, lead.id, user.id);

    const get = async (path: string) => (await http.get(`/contacts/${user.id}${path}`)).data;
    expect((await get('/tags')).data).toMatchObject([
      { type: 'tag', id: tag.id, name: 'vip', applied_by: { id: '501' } },
    ]);
    expect((await get('/companies')).companies[0]).toMatchObject({ id: company.id, user_count: 1 });
    expect((await get('/notes')).data[0]).toMatchObject({
      body: '<p>about the lead</p>',
      contact: { id: user.id },
    });
    const events = await http.get(`/events?type=user&intercom_user_id=${user.id}`);
    expect(events.data.events).toMatchObject([{ name: 'asked', count: 1 }]);
    const conversation = (await http.get('/conversations/77')).data;
    expect(conversation.contacts.contacts).toEqual([{ type: 'contact', id: user.id, external_id: 'u-1' }]);
    expect(conversation.source.author).toMatchObject({ type: 'user', id: user.id });
  });

  test('gives the user even an email that another user has', async () => {
    await using workspace = await openWorkspace();
    await create(workspace, { email: 'owned@example.com' });
    const user = await create(workspace, { external_id: 'u-2', phone: '+46' });
    const lead = await create(workspace, { role: 'lead', email: 'owned@example.com', phone: '+46' });
    expect((await merge(workspace, lead.id, user.id)).data.email).toBe('owned@example.com');
  });

  test('the history is shown on asking, for users only', async () => {
    await using workspace = await openWorkspace();
    const { user, lead } = await twins(workspace);
    await merge(workspace, lead.id, user.id);
    const second = await create(workspace, { role: 'lead', email: 'twin@example.com' });
    workspace.setNow(Date.now() + 5000);
    await merge(workspace, second.id, user.id);
    const entry = (source_contact_id: string) =>
      expect.objectContaining({ type: 'merge_history', source_contact_id, source_contact_role: 'lead' });
    const path = `/contacts/${user.id}`;
    expect((await workspace.http.get(path)).data.merge_history).toBeUndefined();
    const shown = await workspace.http.get(`${path}?include_merge_history=true`);
    expect(shown.data.merge_history).toEqual([entry(second.id), entry(lead.id)]);

    const first = (await workspace.http.get(`${path}/merge_history?per_page=1`)).data;
    expect(first).toMatchObject({ type: 'list', data: [entry(second.id)], has_more: true });
    const rest = await workspace.http.get(`${path}/merge_history`, {
      params: { per_page: 1, cursor: first.next_cursor },
    });
    expect(rest.data).toEqual({
      type: 'list',
      data: [entry(lead.id)],
      has_more: false,
      next_cursor: null,
    });

    const headers = { 'Intercom-Version': '2.15' };
    const older = await workspace.http.get(`${path}?include_merge_history=true`, { headers });
    expect(older.data).not.toHaveProperty('merge_history');

    const third = await create(workspace, { role: 'lead' });
    expect((await workspace.http.get(`/contacts/${third.id}/merge_history`)).status).toBe(404);
    const lone = await workspace.http.get(`/contacts/${third.id}?include_merge_history=true`);
    expect(lone.data).not.toHaveProperty('merge_history');
  });
});

describe('what cannot be merged', () => {
  test('anything but a lead into a user', async () => {
    await using workspace = await openWorkspace();
    const { user, lead } = await twins(workspace);
    const other = await create(workspace, { external_id: 'u-2' });
    for (const [from, into] of [
      [user.id, lead.id],
      [user.id, other.id],
      [lead.id, lead.id],
    ]) {
      expect(refusalOf(await merge(workspace, from, into))).toEqual({
        status: 400,
        code: 'invalid_merge',
        message: 'Merging can only be performed on a lead into a user',
      });
    }
  });

  test('people who share neither email nor phone, from 2.16 on and unless the check is skipped', async () => {
    await using workspace = await openWorkspace();
    const user = await create(workspace, { email: 'a@example.com' });
    const lead = await create(workspace, { role: 'lead', email: 'b@example.com' });
    const answer = await merge(workspace, lead.id, user.id);
    expect(refusalOf(answer)).toMatchObject({ status: 400, code: 'invalid_merge' });
    expect(answer.data.errors[0].message).toMatch(/must|only be merged when they are duplicates/);
    expect((await merge(workspace, lead.id, user.id, { skip_duplicate_validation: true })).status).toBe(200);

    const older = await create(workspace, { role: 'lead' });
    expect((await merge(workspace, older.id, user.id, {}, '2.15')).status).toBe(200);
    const byPhone = await create(workspace, { role: 'lead', phone: '+45' });
    await workspace.http.put(`/contacts/${user.id}`, { phone: '+45' });
    expect((await merge(workspace, byPhone.id, user.id)).status).toBe(200);
  });

  test.each([
    ['mailing_list', 400, 'invalid_merge', /Mailing list/],
    ['facebook', 422, 'unprocessable_entity', /^User merge for external leads is disabled by default/],
    ['whatsapp', 422, 'unprocessable_entity', /unless explicitly allowed by passing allowed channels array$/],
    ['instagram', 422, 'unprocessable_entity', /external leads/],
    ['twitter', 422, 'unprocessable_entity', /external leads/],
    ['sms', 422, 'unprocessable_entity', /external leads/],
  ] as const)(
    'a lead from %s, not even when the check is skipped',
    async (channel, status, code, message) => {
      await using workspace = await openWorkspace();
      const { user, lead } = await twins(workspace);
      setChannel(workspace, lead.id, channel);
      for (const more of [{}, { skip_duplicate_validation: true }]) {
        expect(refusalOf(await merge(workspace, lead.id, user.id, more))).toEqual({
          status,
          code,
          message: expect.stringMatching(message),
        });
      }
      expect((await workspace.http.get(`/contacts/${lead.id}`)).status).toBe(200);
    },
  );

  test('a user from Facebook, the archived, the unknown', async () => {
    await using workspace = await openWorkspace();
    const { user, lead } = await twins(workspace);
    expect((await merge(workspace, 'nobody', user.id)).status).toBe(404);
    expect((await merge(workspace, lead.id, 'nobody')).status).toBe(404);
    expect((await workspace.http.post('/contacts/merge', { from: lead.id })).data.errors).toEqual([
      { code: 'parameter_not_found', message: 'into not specified' },
    ]);
    await workspace.http.post(`/contacts/${user.id}/archive`);
    expect((await merge(workspace, lead.id, user.id)).status).toBe(404);
    await workspace.http.post(`/contacts/${user.id}/unarchive`);
    setChannel(workspace, user.id, 'facebook');
    expect(refusalOf(await merge(workspace, lead.id, user.id))).toMatchObject({ code: 'invalid_merge' });
  });
});

describe('the id that was merged away', () => {
  test('is 410 with the way to go from 2.16 on, and 404 before', async () => {
    await using workspace = await openWorkspace();
    const { user, lead } = await twins(workspace);
    await merge(workspace, lead.id, user.id);
    const attempts = [
      ['get', `/contacts/${lead.id}`],
      ['put', `/contacts/${lead.id}`],
      ['get', `/contacts/find_by_external_id/${lead.external_id}`],
      ['get', `/contacts/${lead.id}/tags`],
    ] as const;
    for (const [method, url] of attempts) {
      const now = await workspace.http.request({ method, url, data: {} });
      expect(refusalOf(now), url).toEqual({
        status: 410,
        code: 'contact_merged',
        message: "This contact has been merged. See the 'Link' header for the canonical contact.",
      });
      expect(now.headers.link).toBe(`</contacts/${user.id}>; rel="canonical"`);
      const before = await workspace.http.request({
        method,
        url,
        data: {},
        headers: { 'Intercom-Version': '2.15' },
      });
      expect(refusalOf(before), url).toMatchObject({ status: 404, code: 'not_found' });
      expect(before.headers.link).toBeUndefined();
    }
    expect((await merge(workspace, lead.id, user.id)).status).toBe(410);
  });

  test('is neither listed nor found, and its email clashes with no one', async () => {
    await using workspace = await openWorkspace();
    const { user, lead } = await twins(workspace);
    await merge(workspace, lead.id, user.id);
    expect((await workspace.http.get('/contacts')).data.total_count).toBe(1);
    const query = { field: 'email', operator: '=', value: 'twin@example.com' };
    expect((await workspace.http.post('/contacts/search', { query })).data.total_count).toBe(1);
    await workspace.http.put(`/contacts/${user.id}`, { email: 'new@example.com' });
    await create(workspace, { email: 'twin@example.com' });
  });

  test('leads over up to three merges to where the person is now', async () => {
    await using workspace = await openWorkspace();
    const { user } = await twins(workspace);
    const ids: string[] = [];
    for (let n = 0; n < 4; n += 1) ids.push((await create(workspace, { role: 'lead' })).id);
    const chain = [...ids, user.id];
    // Merging users into users, which makes chains, is not part of this API yet.
    for (const [n, id] of ids.entries()) {
      const contact = workspace.world.contacts.get(id);
      if (contact) workspace.world.contacts.put({ ...contact, merged_into: chain[n + 1] ?? null });
    }
    expect((await workspace.http.get(`/contacts/${ids[1]}`)).headers.link).toContain(user.id);
    expect((await workspace.http.get(`/contacts/${ids[0]}`)).status).toBe(404);
    await workspace.http.delete(`/contacts/${user.id}`);
    expect((await workspace.http.get(`/contacts/${ids[3]}`)).status).toBe(404);
  });
});
