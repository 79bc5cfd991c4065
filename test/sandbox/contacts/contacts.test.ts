// Reading, listing, archiving, blocking and deleting contacts in the sandbox's Intercom API.
import { describe, expect, test } from 'vitest';
import { create, openWorkspace, refusalOf } from '../rest-workspace.ts';

describe('reading contacts', () => {
  test('finds users by external ID, but neither leads nor the archived', async () => {
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
  test('an archived contact is out of lists and searches, and not to be had by id, until it comes back', async () => {
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
    for (const [method, url] of [
      ['get', `/contacts/${id}`],
      ['put', `/contacts/${id}`],
      ['get', `/contacts/${id}/tags`],
      ['post', `/contacts/${id}/notes`],
      ['delete', `/contacts/${id}`],
    ] as const) {
      const answer = await workspace.http.request({ method, url, data: { body: 'x' } });
      expect(refusalOf(answer), url).toEqual({
        status: 404,
        code: 'not_found',
        message: 'User Not Found',
      });
    }
    const event = { event_name: 'asked', created_at: 1, id };
    expect((await workspace.http.post('/events', event)).status).toBe(404);
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

  test('who was blocked is found no more, and neither changed nor made again', async () => {
    await using workspace = await openWorkspace();
    const { id } = await create(workspace, { role: 'lead', email: 'spam@example.com' });
    await workspace.http.post(`/contacts/${id}/block`);
    const query = { field: 'email', operator: '=', value: 'spam@example.com' };
    const found = await workspace.http.post('/contacts/search', { query });
    expect(found.data.data).toEqual([]);
    for (const answer of [
      await workspace.http.post('/contacts', { role: 'lead', email: 'spam@example.com' }),
      await workspace.http.post('/contacts', { role: 'user', email: 'spam@example.com' }),
      await workspace.http.put(`/contacts/${id}`, { name: 'Again' }),
    ]) {
      expect(answer.data.errors[0].code).toBe('not_restorable');
    }
  });
});

test('only the preview takes a language', async () => {
  await using workspace = await openWorkspace();
  const { id } = await create(workspace, { role: 'lead', language_override: 'fr' });
  const write = (version: string) =>
    workspace.http.put(
      `/contacts/${id}`,
      { language_override: 'fr' },
      { headers: { 'Intercom-Version': version } },
    );
  expect((await write('2.16')).data.language_override).toBeNull();
  expect((await write('Preview')).data.language_override).toBe('fr');
});
