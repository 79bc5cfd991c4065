// Contacts in the sandbox's Intercom API: what may be written, what is refused, and what is told to the app.
import { describe, expect, test } from 'vitest';
import { addAttribute, create, openWorkspace, refusalOf } from './rest-workspace.ts';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

describe('creating a contact', () => {
  test('an email alone makes a user without an external id', async () => {
    await using workspace = await openWorkspace();
    const contact = await create(workspace, { email: 'mira@example.com' });
    expect(contact).toMatchObject({
      type: 'contact',
      role: 'user',
      workspace_id: 'sandbox',
      external_id: null,
      email: 'mira@example.com',
      email_domain: 'example.com',
      signed_up_at: null,
      tags: { type: 'list', data: [], url: `/contacts/${contact.id}/tags`, total_count: 0, has_more: false },
    });
    expect(workspace.topics()).toEqual(['contact.user.created']);
    expect(workspace.emitted[0]?.item).toEqual(contact);
  });

  test('a lead needs nothing and gets an external id of its own, unless it brings one', async () => {
    await using workspace = await openWorkspace();
    const lead = await create(workspace, { role: 'lead' });
    expect(lead).toMatchObject({ role: 'lead', email: '', external_id: expect.stringMatching(uuid) });
    expect((await create(workspace, { role: 'lead', external_id: 'mine' })).external_id).toBe('mine');
    expect(workspace.topics()).toEqual(['contact.lead.created', 'contact.lead.created']);
  });

  test('a user with neither email nor external id is refused', async () => {
    await using workspace = await openWorkspace();
    for (const body of [{}, { role: 'user' }, { role: 'user', email: '' }]) {
      expect(refusalOf(await workspace.http.post('/contacts', body))).toMatchObject({
        status: 400,
        code: 'parameter_missing',
      });
    }
    expect(workspace.topics()).toEqual([]);
  });

  test('a user who is there already is a 409 that names the contact, however the email is written', async () => {
    await using workspace = await openWorkspace();
    const { id } = await create(workspace, { email: 'Mira@example.com', external_id: 'm-1' });
    for (const body of [{ email: 'mira@EXAMPLE.com' }, { external_id: 'm-1' }]) {
      expect(refusalOf(await workspace.http.post('/contacts', body))).toEqual({
        status: 409,
        code: 'conflict',
        message: `A contact matching those details already exists with id=${id}`,
      });
    }
    await workspace.http.post(`/contacts/${id}/archive`);
    expect(refusalOf(await workspace.http.post('/contacts', { external_id: 'm-1' }))).toEqual({
      status: 409,
      code: 'conflict',
      message: `An archived contact matching those details already exists with id=${id}`,
    });
  });

  test('leads may share an email with each other and with a user', async () => {
    await using workspace = await openWorkspace();
    for (const role of ['user', 'lead', 'lead']) {
      await create(workspace, { role, email: 'twin@example.com' });
    }
    expect(workspace.world.contacts.all()).toHaveLength(3);
  });

  test('an email is free again once its user is deleted, also behind the back of the API', async () => {
    await using workspace = await openWorkspace();
    const first = await create(workspace, { email: 'mira@example.com' });
    await workspace.http.delete(`/contacts/${first.id}`);
    const second = await create(workspace, { email: 'mira@example.com' });
    const known = workspace.world.contacts.get(second.id);
    if (!known) throw new Error('the contact is gone');
    known.email = 'renamed@example.com';
    workspace.world.contacts.put(known);
    await create(workspace, { email: 'mira@example.com' });
    expect((await workspace.http.post('/contacts', { email: 'renamed@example.com' })).status).toBe(409);
    workspace.world.reset();
    await create(workspace, { email: 'renamed@example.com' });
  });

  test.each([
    ['an unknown attribute', { colour: 'red' }, "Custom attribute 'colour' does not exist"],
    ['a name in the wrong case', { Plan: 'pro' }, "Custom attribute 'Plan' does not exist"],
    ['a value outside of the list', { plan: 'gold' }, "Custom attribute 'plan' must be one of: free, pro"],
    ['a number for a string', { nickname: 5 }, "Custom attribute 'nickname' must be a string"],
    ['a string for a number', { seats: '5' }, "Custom attribute 'seats' must be an integer"],
    ['a fraction for an integer', { seats: 1.5 }, "Custom attribute 'seats' must be an integer"],
    ['a string for a float', { score: '5' }, "Custom attribute 'score' must be a number"],
    ['a string for a boolean', { paid: 'true' }, "Custom attribute 'paid' must be a boolean"],
    ['a string for a date', { since: '2026-01-01' }, /since' must be a Unix timestamp/],
    ['a nested object', { nickname: { a: 1 } }, "Custom attribute 'nickname' must be a string"],
    ['256 characters', { nickname: 'x'.repeat(256) }, /too long \(maximum is 255 characters\)/],
  ])('refuses %s', async (_what, custom_attributes, message) => {
    await using workspace = await openWorkspace();
    const answer = await workspace.http.post('/contacts', { role: 'lead', custom_attributes });
    expect(answer.status).toBe(400);
    expect(answer.data.errors[0]).toEqual({
      code: 'parameter_invalid',
      message: typeof message === 'string' ? message : expect.stringMatching(message),
      field: `custom_attributes.${Object.keys(custom_attributes)[0]}`,
    });
    expect(workspace.world.contacts.all()).toEqual([]);
  });

  test('attributes of companies and archived ones count as unknown', async () => {
    await using workspace = await openWorkspace();
    addAttribute(workspace.world, { name: 'tier', model: 'company' });
    addAttribute(workspace.world, { name: 'old', archived: true });
    for (const name of ['tier', 'old']) {
      const body = { role: 'lead', custom_attributes: { [name]: 'x' } };
      expect((await workspace.http.post('/contacts', body)).status).toBe(400);
    }
  });

  test('keeps attributes of every type, and 255 characters', async () => {
    await using workspace = await openWorkspace();
    const custom_attributes = {
      plan: 'pro',
      nickname: '<b>{{x}}</b> '.padEnd(255, '😀').slice(0, 255),
      seats: 3,
      paid: false,
      score: 1.5,
      since: 1_772_600_400,
    };
    const contact = await create(workspace, { role: 'lead', custom_attributes });
    expect(contact.custom_attributes).toEqual(custom_attributes);
  });

  test.each([
    ['role', 'boss'],
    ['email', 'not an address'],
    ['email', null],
    ['external_id', null],
    ['owner_id', '999'],
    ['phone', 5],
    ['name', ['x']],
    ['avatar', 'not a URL'],
    ['signed_up_at', '2026-01-01'],
    ['unsubscribed_from_emails', 'yes'],
    ['custom_attributes', 'none'],
    ['email_verified', true],
  ])('refuses a %s of %j and names it', async (field, value) => {
    await using workspace = await openWorkspace();
    const answer = await workspace.http.post('/contacts', { role: 'lead', [field]: value });
    expect(answer.status).toBe(400);
    expect(answer.data.errors[0]).toMatchObject({ code: 'parameter_invalid', field });
  });
});

describe('changing a contact', () => {
  test('leaves out what is left out, and null clears', async () => {
    await using workspace = await openWorkspace();
    const custom_attributes = { plan: 'free', seats: 2 };
    const { id } = await create(workspace, {
      email: 'a@example.com',
      name: 'A',
      phone: '+1',
      owner_id: '501',
      custom_attributes,
    });
    const body = { phone: null, owner_id: null, custom_attributes: { plan: 'pro', seats: null } };
    const { data } = await workspace.http.put(`/contacts/${id}`, body);
    expect(data).toMatchObject({ id, name: 'A', email: 'a@example.com', phone: null, owner_id: null });
    expect(data.custom_attributes).toEqual({ plan: 'pro' });
    expect((await workspace.http.get(`/contacts/${id}`)).data).toEqual(data);
    expect(workspace.topics()).toEqual(['contact.user.created', 'contact.user.updated']);
  });

  test('a lead becomes a user with the same id, and loses the external id that was generated', async () => {
    await using workspace = await openWorkspace();
    const { id } = await create(workspace, { role: 'lead', email: 'a@example.com', name: 'A' });
    workspace.topics();
    const { data } = await workspace.http.put(`/contacts/${id}`, { role: 'user' });
    expect(data).toMatchObject({ id, role: 'user', email: 'a@example.com', name: 'A', external_id: null });
    expect(workspace.topics()).toEqual(['contact.lead.signed_up', 'contact.user.updated']);
  });

  test('the external id that is sent along on conversion is kept, as is one that the company gave before', async () => {
    await using workspace = await openWorkspace();
    const sent = await create(workspace, { role: 'lead' });
    const answer = await workspace.http.put(`/contacts/${sent.id}`, { role: 'user', external_id: 'crm-1' });
    expect(answer.data).toMatchObject({ role: 'user', external_id: 'crm-1' });
    const given = await create(workspace, { role: 'lead', external_id: 'crm-2' });
    expect((await workspace.http.put(`/contacts/${given.id}`, { role: 'user' })).data.external_id).toBe(
      'crm-2',
    );
  });

  test('a lead with nothing to know it by cannot become a user', async () => {
    await using workspace = await openWorkspace();
    const { id } = await create(workspace, { role: 'lead', name: 'A' });
    const answer = await workspace.http.put(`/contacts/${id}`, { role: 'user' });
    expect(refusalOf(answer)).toMatchObject({ status: 400, code: 'parameter_missing' });
    expect((await workspace.http.get(`/contacts/${id}`)).data.role).toBe('lead');
  });

  test('a lead whose email or external id a user owns cannot become a user', async () => {
    await using workspace = await openWorkspace();
    const user = await create(workspace, { email: 'twin@example.com', external_id: 'u-1' });
    const lead = await create(workspace, { role: 'lead', email: 'Twin@example.com' });
    const other = await create(workspace, { role: 'lead' });
    for (const [id, body] of [
      [lead.id, { role: 'user' }],
      [other.id, { role: 'user', external_id: 'u-1' }],
    ] as const) {
      expect(refusalOf(await workspace.http.put(`/contacts/${id}`, body))).toEqual({
        status: 409,
        code: 'conflict',
        message: `A contact matching those details already exists with id=${user.id}`,
      });
      expect((await workspace.http.get(`/contacts/${id}`)).data.role).toBe('lead');
    }
  });

  test('a user cannot become a lead, nor take the email of another, nor lose both identities', async () => {
    await using workspace = await openWorkspace();
    const { id } = await create(workspace, { email: 'a@example.com' });
    const other = await create(workspace, { email: 'b@example.com' });
    const put = async (body: object) => refusalOf(await workspace.http.put(`/contacts/${id}`, body));
    expect(await put({ role: 'lead' })).toEqual({
      status: 400,
      code: 'client_error',
      message: "Contact with user role can't be converted to a lead",
    });
    expect(await put({ email: 'b@example.com' })).toMatchObject({
      status: 409,
      message: expect.stringContaining(`id=${other.id}`),
    });
    expect(await put({ email: '' })).toMatchObject({ status: 400, code: 'parameter_missing' });
    expect(await put({ email_verified: true })).toMatchObject({ status: 400, code: 'parameter_invalid' });
  });

  test('tells of a first email on a lead, and of a changed one', async () => {
    await using workspace = await openWorkspace();
    const { id } = await create(workspace, { role: 'lead' });
    workspace.topics();
    await workspace.http.put(`/contacts/${id}`, { email: 'a@example.com', email_verified: true });
    expect(workspace.topics()).toEqual(['contact.lead.added_email', 'contact.lead.updated']);
    expect(workspace.world.contacts.get(id)?.email_verified).toBe(true);
    await workspace.http.put(`/contacts/${id}`, { email: 'b@example.com' });
    expect(workspace.topics()).toEqual(['contact.email.updated', 'contact.lead.updated']);
    expect(workspace.world.contacts.get(id)?.email_verified).toBeNull();
  });

  test('before 2.16 there is no such thing as a verified email', async () => {
    await using workspace = await openWorkspace();
    const { id } = await create(workspace, { role: 'lead' });
    const headers = { 'Intercom-Version': '2.15' };
    const answer = await workspace.http.put(`/contacts/${id}`, { email_verified: true }, { headers });
    expect(answer.status).toBe(200);
    expect(workspace.world.contacts.get(id)?.email_verified).toBeNull();
  });
});

describe('reading contacts', () => {
  test('finds users by external id, but neither leads nor the archived', async () => {
    await using workspace = await openWorkspace();
    const find = (id: string) => workspace.http.get(`/contacts/find_by_external_id/${id}`);
    const user = await create(workspace, { external_id: 'u-1' });
    await create(workspace, { role: 'lead', external_id: 'l-1' });
    expect((await find('u-1')).data.id).toBe(user.id);
    expect(refusalOf(await find('l-1'))).toEqual({
      status: 404,
      code: 'not_found',
      message: 'User Not Found',
    });
    await workspace.http.post(`/contacts/${user.id}/archive`);
    expect((await find('u-1')).status).toBe(404);
  });

  test('lists page by page, newest first, each contact once', async () => {
    await using workspace = await openWorkspace();
    for (let n = 0; n < 5; n += 1) {
      workspace.setNow(1_800_000_000_000 + n * 1000);
      await create(workspace, { role: 'lead', name: `lead ${n}` });
    }
    const names: string[] = [];
    let after: string | undefined;
    const pages: unknown[] = [];
    do {
      const { data } = await workspace.http.get('/contacts', {
        params: { per_page: 2, starting_after: after },
      });
      names.push(...data.data.map((one: { name: string }) => one.name));
      expect(data).toMatchObject({ type: 'list', total_count: 5 });
      expect(data.pages).toMatchObject({ type: 'pages', per_page: 2, total_pages: 3 });
      pages.push(data.pages.page);
      after = data.pages.next?.starting_after;
    } while (after !== undefined);
    expect(names).toEqual(['lead 4', 'lead 3', 'lead 2', 'lead 1', 'lead 0']);
    expect(pages).toEqual([1, 2, 3]);
  });

  test('refuses pages of more than 150 and cursors that it did not give out', async () => {
    await using workspace = await openWorkspace();
    expect((await workspace.http.get('/contacts?per_page=150')).status).toBe(200);
    for (const query of ['per_page=151', 'per_page=0', 'per_page=many', 'starting_after=nonsense']) {
      expect((await workspace.http.get(`/contacts?${query}`)).status, query).toBe(400);
    }
  });

  test('shows ten tags in the contact and says that there are more', async () => {
    await using workspace = await openWorkspace();
    const { id } = await create(workspace, { role: 'lead' });
    for (let n = 0; n < 11; n += 1) {
      const tag = await workspace.http.post('/tags', { name: `tag ${n}` });
      await workspace.http.post(`/contacts/${id}/tags`, { id: tag.data.id });
    }
    const { tags } = (await workspace.http.get(`/contacts/${id}`)).data;
    expect(tags.data).toHaveLength(10);
    expect(tags).toMatchObject({ total_count: 11, has_more: true });
  });
});

describe('archiving, blocking and deleting', () => {
  test('an archived contact is out of lists and searches, still there by id, and comes back', async () => {
    await using workspace = await openWorkspace();
    const { id, external_id } = await create(workspace, { external_id: 'u-1' });
    const found = async () => {
      const query = { field: 'external_id', operator: '=', value: 'u-1' };
      const search = await workspace.http.post('/contacts/search', { query });
      const list = await workspace.http.get('/contacts');
      return [search.data.total_count, list.data.total_count];
    };
    expect(await found()).toEqual([1, 1]);
    const archived = await workspace.http.post(`/contacts/${id}/archive`);
    expect(archived.data).toEqual({ type: 'contact', id, external_id, archived: true });
    expect(await found()).toEqual([0, 0]);
    expect((await workspace.http.get(`/contacts/${id}`)).data.id).toBe(id);
    const back = await workspace.http.post(`/contacts/${id}/unarchive`);
    expect(back.data).toEqual({ type: 'contact', id, external_id, archived: false });
    expect(await found()).toEqual([1, 1]);
    expect(workspace.topics()).toEqual(['contact.user.created', 'contact.archived', 'contact.unarchived']);
    expect(workspace.emitted[1]?.item).toEqual(archived.data);
    expect(workspace.emitted[2]?.item).toMatchObject({ id, role: 'user' });
  });

  test('a deleted contact is gone with its notes, and the notice carries its ids only', async () => {
    await using workspace = await openWorkspace();
    const { id, external_id } = await create(workspace, { external_id: 'u-1' });
    const note = await workspace.http.post(`/contacts/${id}/notes`, { body: 'x' });
    const deleted = await workspace.http.delete(`/contacts/${id}`);
    expect(deleted.data).toEqual({ type: 'contact', id, external_id, deleted: true });
    expect((await workspace.http.get(`/contacts/${id}`)).status).toBe(404);
    expect((await workspace.http.delete(`/contacts/${id}`)).status).toBe(404);
    expect((await workspace.http.get(`/notes/${note.data.id}`)).status).toBe(404);
    expect(workspace.emitted.at(-1)).toEqual({ topic: 'contact.deleted', item: deleted.data });
  });

  test('blocking closes the conversations of the contact', async () => {
    await using workspace = await openWorkspace();
    const { id } = await create(workspace, { role: 'lead' });
    workspace.world.conversations.put({
      id: '77',
      contact_ids: [id],
      title: null,
      source_type: 'conversation',
      open: true,
      read: true,
      admin_assignee_id: null,
      created_at: 1,
      updated_at: 1,
      parts: [],
    });
    expect((await workspace.http.post(`/contacts/${id}/block`)).data).toMatchObject({ id, blocked: true });
    expect((await workspace.http.get('/conversations/77')).data).toMatchObject({
      open: false,
      state: 'closed',
    });
  });
});
