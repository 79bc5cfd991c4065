// Changing contacts in the sandbox's Intercom API, from lead to user above all, and what is told to the app.
import { describe, expect, test } from 'vitest';
import { create, openWorkspace, refusalOf } from '../rest-workspace.ts';

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
    expect(data.custom_attributes).toEqual({ plan: 'pro', seats: null });
    expect((await workspace.http.get(`/contacts/${id}`)).data).toEqual(data);
    expect(workspace.topics()).toEqual(['contact.user.created', 'contact.user.updated']);
  });

  test('a lead becomes a user with the same id, and loses the external ID that was generated', async () => {
    await using workspace = await openWorkspace();
    const { id } = await create(workspace, { role: 'lead', email: 'a@example.com', name: 'A' });
    workspace.topics();
    const { data } = await workspace.http.put(`/contacts/${id}`, { role: 'user' });
    expect(data).toMatchObject({ id, role: 'user', email: 'a@example.com', name: 'A', external_id: null });
    expect(workspace.topics()).toEqual(['contact.user.updated']);
  });

  test('the external ID that is sent along on conversion is kept, and before it none can be given', async () => {
    await using workspace = await openWorkspace();
    const sent = await create(workspace, { role: 'lead' });
    const answer = await workspace.http.put(`/contacts/${sent.id}`, { role: 'user', external_id: 'crm-1' });
    expect(answer.data).toMatchObject({ role: 'user', external_id: 'crm-1' });
    const lead = await create(workspace, { role: 'lead' });
    const given = await workspace.http.put(`/contacts/${lead.id}`, { external_id: 'crm-2', name: 'L' });
    expect(given.data).toMatchObject({ name: 'L', external_id: lead.external_id });
  });

  test('a lead with nothing to know it by cannot become a user', async () => {
    await using workspace = await openWorkspace();
    const { id } = await create(workspace, { role: 'lead', name: 'A' });
    const answer = await workspace.http.put(`/contacts/${id}`, { role: 'user' });
    expect(refusalOf(answer)).toMatchObject({ status: 400, code: 'parameter_missing' });
    expect((await workspace.http.get(`/contacts/${id}`)).data.role).toBe('lead');
  });

  test('a lead with the email or external ID of a user cannot become a user', async () => {
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

  test('a user cannot become a lead, nor take the external ID of another, nor lose both identities', async () => {
    await using workspace = await openWorkspace();
    const { id } = await create(workspace, { email: 'a@example.com' });
    const other = await create(workspace, { email: 'b@example.com', external_id: 'b' });
    const put = async (body: object) => refusalOf(await workspace.http.put(`/contacts/${id}`, body));
    expect(await put({ role: 'lead' })).toEqual({
      status: 400,
      code: 'client_error',
      message: "Contact with user role can't be converted to a lead",
    });
    expect(await put({ external_id: 'b' })).toMatchObject({
      status: 409,
      message: expect.stringContaining(`id=${other.id}`),
    });
    expect(await put({ email: '' })).toMatchObject({ status: 400, code: 'parameter_missing' });
    expect(await put({ email_verified: true })).toMatchObject({ status: 400, code: 'parameter_invalid' });
  });

  test('tells of every new email on a lead that it was added', async () => {
    await using workspace = await openWorkspace();
    const { id } = await create(workspace, { role: 'lead' });
    workspace.topics();
    await workspace.http.put(`/contacts/${id}`, { email: 'a@example.com', email_verified: true });
    expect(workspace.topics()).toEqual(['contact.lead.added_email', 'contact.lead.updated']);
    expect(workspace.world.contacts.get(id)?.email_verified).toBe(true);
    await workspace.http.put(`/contacts/${id}`, { email: 'b@example.com' });
    expect(workspace.topics()).toEqual(['contact.lead.added_email', 'contact.lead.updated']);
    expect(workspace.world.contacts.get(id)?.email_verified).toBeNull();
  });

  test('before 2.16 no email is verified', async () => {
    await using workspace = await openWorkspace();
    const { id } = await create(workspace, { role: 'lead' });
    const headers = { 'Intercom-Version': '2.15' };
    const answer = await workspace.http.put(`/contacts/${id}`, { email_verified: true }, { headers });
    expect(answer.status).toBe(200);
    expect(workspace.world.contacts.get(id)?.email_verified).toBeNull();
  });
});
