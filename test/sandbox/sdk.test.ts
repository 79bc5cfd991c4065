// The official Intercom SDK, unchanged, against the sandbox: at its own default version and at 2.16.
import { Intercom, IntercomClient, IntercomError } from 'intercom-client';
import { describe, expect, test } from 'vitest';
import { openWorkspace, type Workspace } from './rest-workspace.ts';

// The SDK's types know 2.14 as the newest version; the header that they stand for takes any.
const versions = [undefined, '2.16'] as const;

function clientOf(workspace: Workspace, version: (typeof versions)[number], token = 'sandbox-access-token') {
  return new IntercomClient({
    token,
    environment: workspace.url,
    maxRetries: 0,
    ...(version && { headers: { 'Intercom-Version': version } }),
  });
}

async function collect<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of pages) all.push(one);
  return all;
}

/** What a call was refused with. */
async function refused(call: Promise<unknown>): Promise<IntercomError> {
  const error = await call.catch((caught: unknown) => caught);
  if (error instanceof IntercomError) return error;
  throw new Error('the call was not refused by Intercom');
}

function idOf(object: { id?: string | undefined } | undefined): string {
  if (object?.id === undefined) throw new Error('an object without an id');
  return object.id;
}

describe.each(versions)('the SDK at version %s', (version) => {
  test('creates, reads, changes, archives, blocks and deletes contacts', async () => {
    await using workspace = await openWorkspace();
    const { contacts } = clientOf(workspace, version);
    const user = await contacts.create({ email: 'sdk@example.com', external_id: 'u-1' });
    const id = idOf(user);
    expect((await contacts.find({ contact_id: id })).email).toBe('sdk@example.com');
    expect(idOf(await contacts.showContactByExternalId({ external_id: 'u-1' }))).toBe(id);
    const changed = await contacts.update({ contact_id: id, name: 'S', custom_attributes: { plan: 'pro' } });
    expect(changed).toMatchObject({ name: 'S', custom_attributes: { plan: 'pro' } });
    expect((await contacts.archive({ contact_id: id })).archived).toBe(true);
    expect((await contacts.unarchive({ contact_id: id })).archived).toBe(false);
    expect((await contacts.blockContact({ contact_id: id })).blocked).toBe(true);
    expect((await contacts.delete({ contact_id: id })).deleted).toBe(true);
    expect((await refused(contacts.find({ contact_id: id }))).statusCode).toBe(404);
  });

  test('walks through lists and searches by itself', async () => {
    await using workspace = await openWorkspace();
    const { contacts } = clientOf(workspace, version);
    for (let n = 0; n < 5; n += 1) await contacts.create({ role: 'lead', name: `lead ${n}` });
    await contacts.create({ role: 'user', email: 'sdk@example.com' });
    expect(await collect(await contacts.list({ per_page: 4 }))).toHaveLength(6);
    const query: Intercom.SearchRequest['query'] = {
      operator: 'AND',
      value: [{ field: 'role', operator: '=', value: 'lead' }],
    };
    const found = await collect(await contacts.search({ query, pagination: { per_page: 2 } }));
    expect(new Set(found.map((one) => one.name)).size).toBe(5);
  });

  test('converts and merges leads, and learns of conflicts and merged ids', async () => {
    await using workspace = await openWorkspace();
    const { contacts } = clientOf(workspace, version);
    const lead = await contacts.create({ role: 'lead', email: 'a@example.com' });
    expect((await contacts.update({ contact_id: idOf(lead), role: 'user' })).role).toBe('user');
    const twin = await contacts.create({ role: 'lead', email: 'a@example.com' });
    const conflict = await refused(contacts.update({ contact_id: idOf(twin), role: 'user' }));
    expect(conflict.statusCode).toBe(409);
    expect(JSON.stringify(conflict.body)).toContain(`already exists with id=${idOf(lead)}`);
    const merged = await contacts.mergeLeadInUser({ from: idOf(twin), into: idOf(lead) });
    expect(idOf(merged)).toBe(idOf(lead));
    const gone = await refused(contacts.find({ contact_id: idOf(twin) }));
    expect(gone.statusCode).toBe(version === '2.16' ? 410 : 404);
  });

  test('gives an owner, with an id of the type of the version', async () => {
    await using workspace = await openWorkspace();
    const { contacts } = clientOf(workspace, version);
    const { id } = await contacts.create({ role: 'lead' });
    const contact = workspace.world.contacts.get(String(id));
    if (contact) workspace.world.contacts.put({ ...contact, owner_id: '501' });
    const shown = await contacts.find({ contact_id: String(id) });
    expect(shown.owner_id).toBe(version === '2.16' ? '501' : 501);
  });

  test('tags', async () => {
    await using workspace = await openWorkspace();
    const { contacts, tags, companies } = clientOf(workspace, version);
    const contact_id = idOf(await contacts.create({ role: 'lead' }));
    await companies.createOrUpdate({ company_id: 'c-1' });
    const tag_id = idOf(await tags.create({ name: 'vip' }));
    await tags.create({ name: 'VIP', id: tag_id });
    await tags.create({ name: 'VIP', users: [{ id: contact_id }] });
    await tags.create({ name: 'VIP', companies: [{ company_id: 'c-1' }] });
    await tags.create({ name: 'VIP', companies: [{ company_id: 'c-1', untag: true }] });
    expect((await tags.list()).data).toMatchObject([{ id: tag_id, name: 'VIP' }]);
    expect((await tags.find({ tag_id })).name).toBe('VIP');
    expect((await tags.untagContact({ contact_id, tag_id })).name).toBe('VIP');
    expect((await tags.tagContact({ contact_id, id: tag_id })).id).toBe(tag_id);
    expect((await contacts.listAttachedTags({ contact_id })).data).toHaveLength(1);
    await tags.delete({ tag_id });
    expect((await tags.list()).data).toEqual([]);
  });

  test('notes', async () => {
    await using workspace = await openWorkspace();
    const { contacts, notes } = clientOf(workspace, version);
    const contact_id = idOf(await contacts.create({ role: 'lead' }));
    const note = await notes.create({ contact_id, body: 'Hello', admin_id: '501' });
    await notes.create({ contact_id, body: 'Again', admin_id: '501' });
    expect((await notes.find({ note_id: Number(note.id) })).body).toBe('<p>Hello</p>');
    const all = await collect(await notes.list({ contact_id, per_page: 1 }));
    expect(all.map((one) => one.body)).toEqual(['<p>Again</p>', '<p>Hello</p>']);
  });

  test('companies', async () => {
    await using workspace = await openWorkspace();
    const { contacts, companies } = clientOf(workspace, version);
    const contact_id = idOf(await contacts.create({ role: 'lead' }));
    const company = await companies.createOrUpdate({ company_id: 'c-1', name: 'One' });
    await companies.createOrUpdate({ company_id: 'c-2', name: 'Two' });
    const company_id = idOf(company);
    await companies.update({ company_id, body: { name: 'Uno' } });
    expect((await companies.find({ company_id })).name).toBe('Uno');
    expect(await companies.retrieve({ company_id: 'c-1' })).toMatchObject({ data: [{ name: 'Uno' }] });
    expect((await companies.attachContact({ contact_id, id: company_id })).user_count).toBe(1);
    expect((await companies.listAttachedContacts({ company_id })).data).toHaveLength(1);
    expect((await companies.listAttachedSegments({ company_id })).data).toEqual([]);
    expect(await collect(await contacts.listAttachedCompanies({ contact_id }))).toHaveLength(1);
    expect((await companies.detachContact({ contact_id, company_id })).user_count).toBe(0);
    expect(await collect(await companies.list({ per_page: 1 }))).toHaveLength(2);
    expect((await companies.scroll()).data).toHaveLength(2);
    expect((await companies.delete({ company_id })).deleted).toBe(true);
  });

  test('data attributes and events', async () => {
    await using workspace = await openWorkspace();
    const { contacts, dataAttributes, events } = clientOf(workspace, version);
    // The SDK's own type for this request has forgotten the name and the model.
    const attribute = { name: 'referral_link', model: 'contact', data_type: 'string' as const };
    const made = await dataAttributes.create(attribute);
    const changed = await dataAttributes.update({
      data_attribute_id: Number(made.id),
      body: { description: 'their link' },
    });
    expect(changed.description).toBe('their link');
    expect((await dataAttributes.list({ model: 'contact' })).data?.at(-1)?.name).toBe('referral_link');
    const id = idOf(await contacts.create({ role: 'lead' }));
    await events.create({ event_name: 'invited', created_at: 1, id, metadata: { by: 'x' } });
    const summary = await events.list({ type: 'user', intercom_user_id: id, summary: true });
    expect(summary.events).toMatchObject([{ name: 'invited', count: 1 }]);
    const user_id = 'u-1';
    await contacts.create({ external_id: user_id });
    const event_summaries = { event_name: 'invited', count: 2, first: 1, last: 2 };
    await events.summaries({ user_id, event_summaries });
  });

  test('teammates, segments, subscriptions, visitors and conversations', async () => {
    await using workspace = await openWorkspace();
    const { world } = workspace;
    const client = clientOf(workspace, version);
    expect((await client.admins.identify())?.app?.id_code).toBe('sandbox');
    expect((await client.admins.list()).admins).toHaveLength(1);
    expect((await client.admins.find({ admin_id: 501 }))?.name).toBe('Ola Nord');

    const contact_id = idOf(await client.contacts.create({ role: 'lead' }));
    const times = { created_at: 1, updated_at: 1 };
    world.segments.put({ id: 's-1', name: 'All leads', person_type: 'contact', ...times });
    expect((await client.segments.list({ include_count: true })).segments).toMatchObject([{ count: 1 }]);
    expect((await client.segments.find({ segment_id: 's-1' })).name).toBe('All leads');
    expect((await client.contacts.listAttachedSegments({ contact_id })).data).toHaveLength(1);
    expect((await client.contacts.listAttachedSubscriptions({ contact_id })).data).toEqual([]);
    expect((await client.subscriptionTypes.list()).data).toEqual([]);

    const anonymous = { email: null, name: null, pseudonym: 'Amber', custom_attributes: {} };
    world.visitors.put({ id: 'v-1', user_id: 'a-1', ...anonymous, ...times });
    await client.visitors.update({ user_id: 'a-1', name: 'Gareth' });
    expect((await client.visitors.find({ user_id: 'a-1' }))?.name).toBe('Gareth');
    const converted = await client.visitors.mergeToContact({
      type: 'user',
      visitor: { user_id: 'a-1' },
      user: { user_id: 'u-1' },
    });
    expect(converted).toMatchObject({ role: 'user', name: 'Gareth' });

    const said = { author: { type: 'lead' as const, id: contact_id, name: null }, body: 'hi', created_at: 1 };
    for (const id of ['70', '71', '72']) {
      world.conversations.put({
        id,
        contact_ids: [contact_id],
        title: null,
        source_type: 'conversation',
        open: true,
        read: true,
        admin_assignee_id: null,
        ...times,
        parts: [{ id: `${id}0`, ...said }],
      });
    }
    expect(await collect(await client.conversations.list({ per_page: 2 }))).toHaveLength(3);
    expect((await client.conversations.find({ conversation_id: '70' })).source?.body).toBe('hi');
  });

  test('a token that is not valid is what the SDK calls unauthorized', async () => {
    await using workspace = await openWorkspace();
    const client = clientOf(workspace, version, 'made-up');
    expect(await refused(client.admins.list())).toBeInstanceOf(Intercom.UnauthorizedError);
  });
});
