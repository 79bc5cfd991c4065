// Creating contacts in the sandbox's Intercom API: who is refused, and with which values.
import { describe, expect, test } from 'vitest';
import { addAttribute, create, openWorkspace, refusalOf } from '../rest-workspace.ts';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

describe('creating a contact', () => {
  test('an email alone makes a user without an external ID', async () => {
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

  test('a lead needs nothing and gets an external ID from Intercom, whatever it brings', async () => {
    await using workspace = await openWorkspace();
    const lead = await create(workspace, { role: 'lead' });
    expect(lead).toMatchObject({ role: 'lead', email: '', external_id: expect.stringMatching(uuid) });
    const other = await create(workspace, { role: 'lead', external_id: 'mine' });
    expect(other.external_id).toMatch(uuid);
    expect(workspace.topics()).toEqual(['contact.lead.created', 'contact.lead.created']);
  });

  test('a user with neither email nor external ID is refused', async () => {
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
    for (const role of ['lead', 'user', 'lead']) {
      await create(workspace, { role, email: 'twin@example.com' });
    }
    expect(workspace.world.contacts.all()).toHaveLength(3);
  });

  test('an email is free again once no one has it, also behind the back of the API', async () => {
    await using workspace = await openWorkspace();
    const first = await create(workspace, { email: 'mira@example.com' });
    workspace.world.contacts.remove(first.id);
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
    ['an unknown attribute', { color: 'red' }, "Custom attribute 'color' does not exist"],
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

  test('attributes of companies count as unknown, and archived ones are passed over', async () => {
    await using workspace = await openWorkspace();
    addAttribute(workspace.world, { name: 'tier', model: 'company' });
    addAttribute(workspace.world, { name: 'old', archived: true });
    const write = (custom_attributes: object) =>
      workspace.http.post('/contacts', { role: 'lead', custom_attributes });
    expect((await write({ tier: 'x' })).status).toBe(400);
    expect((await write({ old: 'x', plan: 'pro' })).data.custom_attributes).toEqual({ plan: 'pro' });
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
