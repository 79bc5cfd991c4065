// What Intercom makes of a write: what it passes over, rewrites or refuses, and what it tells of it.
import { describe, expect, test } from 'vitest';
import { changeSettings } from '../../../sandbox/settings.ts';
import { create, openWorkspace, refusalOf } from '../rest-workspace.ts';

describe('what is written', () => {
  test('null empties an email, an external ID and a name, on POST as on PUT', async () => {
    await using workspace = await openWorkspace();
    const made = await create(workspace, { email: 'a@example.com', external_id: null, name: null });
    expect(made).toMatchObject({ email: 'a@example.com', external_id: null, name: null });
    const lead = await create(workspace, { role: 'lead', email: null });
    expect(lead.email).toBe('');
    await workspace.http.put(`/contacts/${made.id}`, { external_id: 'a' });
    const emptied = await workspace.http.put(`/contacts/${made.id}`, { email: null });
    expect(emptied.data).toMatchObject({ email: '', external_id: 'a' });
    const query = { field: 'external_id', operator: '=', value: 'a' };
    expect((await workspace.http.post('/contacts/search', { query })).data.data[0].email).toBeNull();
  });

  test('an emptied attribute stays with null, and one that was never set stays away', async () => {
    await using workspace = await openWorkspace();
    const { id } = await create(workspace, { role: 'lead', custom_attributes: { seats: 2 } });
    const custom_attributes = { seats: null, nickname: null };
    const { data } = await workspace.http.put(`/contacts/${id}`, { custom_attributes });
    expect(data.custom_attributes).toEqual({ seats: null });
  });

  test.each([
    ['+353 (87) 123-4567', '+353871234567'],
    ['00353 87 123 4567', '+353871234567'],
    ['+1 (202) 555.0143', '+12025550143'],
    ['(087) 123-4567', '0871234567'],
    ['ask Ola', 'ask Ola'],
    ['', ''],
  ])('the phone %j is kept as %j', async (phone, kept) => {
    await using workspace = await openWorkspace();
    const { id } = await create(workspace, { role: 'lead', phone });
    expect((await workspace.http.get(`/contacts/${id}`)).data.phone).toBe(kept);
  });

  test('a contact of the role "contact" is a user when it is made, and none when it is changed', async () => {
    await using workspace = await openWorkspace();
    const { id, role } = await create(workspace, { role: 'contact', email: 'a@example.com' });
    expect(role).toBe('user');
    expect((await workspace.http.put(`/contacts/${id}`, { role: 'contact' })).status).toBe(400);
  });

  test('a contact is made a moment after it was last updated', async () => {
    await using workspace = await openWorkspace();
    const { created_at, updated_at } = await create(workspace, { role: 'lead' });
    expect(created_at - updated_at).toBe(1);
  });
});

describe('what is refused', () => {
  test('fields that can only be read, and such as do not exist', async () => {
    await using workspace = await openWorkspace();
    const contact = await create(workspace, { role: 'lead' });
    for (const [field, body] of [
      ['type', contact],
      ['updated_at', { name: 'L', updated_at: 5 }],
      ['nmae', { nmae: 'L' }],
    ] as const) {
      expect(refusalOf(await workspace.http.put(`/contacts/${contact.id}`, body))).toEqual({
        status: 400,
        code: 'bad_request',
        message: `bad '${field}' parameter`,
      });
    }
    expect((await workspace.http.post('/contacts', { role: 'lead', nmae: 'L' })).status).toBe(400);
  });

  test('an owner from elsewhere', async () => {
    await using workspace = await openWorkspace();
    expect(refusalOf(await workspace.http.post('/contacts', { role: 'lead', owner_id: '9' }))).toEqual({
      status: 400,
      code: 'parameter_invalid',
      message: 'The owner specified is not a member of the workspace',
    });
  });

  test('fields that the workspace has blocked, and nothing else', async () => {
    await using workspace = await openWorkspace();
    changeSettings(workspace.world, { blocked_fields: ['phone', 'custom_attributes.plan'] });
    const { id } = await create(workspace, { role: 'lead', name: 'L' });
    for (const body of [{ phone: '+353871234567' }, { custom_attributes: { plan: 'pro' } }]) {
      expect(refusalOf(await workspace.http.put(`/contacts/${id}`, body))).toMatchObject({
        status: 403,
        code: 'action_forbidden',
      });
    }
    expect((await workspace.http.put(`/contacts/${id}`, { custom_attributes: { seats: 1 } })).status).toBe(
      200,
    );
  });
});

test('a write that changes nothing leaves the time of the last change, and is not told', async () => {
  await using workspace = await openWorkspace();
  const custom_attributes = { plan: 'pro' };
  const made = await create(workspace, { email: 'a@example.com', name: 'A', custom_attributes });
  workspace.topics();
  workspace.setNow(Date.now() + 60_000);
  const again = await workspace.http.put(`/contacts/${made.id}`, { name: 'A', custom_attributes });
  expect(again.data).toEqual(made);
  expect(workspace.topics()).toEqual([]);
});

test('a lead that becomes a user is an update, unless the sandbox is told to speak of signing up', async () => {
  await using workspace = await openWorkspace();
  const convert = async () => {
    const { id } = await create(workspace, { role: 'lead', email: `${Math.random()}@example.com` });
    workspace.topics();
    await workspace.http.put(`/contacts/${id}`, { role: 'user' });
    return workspace.topics();
  };
  expect(await convert()).toEqual(['contact.user.updated']);
  changeSettings(workspace.world, { lead_signed_up: true });
  expect(await convert()).toEqual(['contact.lead.signed_up', 'contact.user.updated']);
});
