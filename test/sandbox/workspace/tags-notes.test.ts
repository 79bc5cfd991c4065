// Tags and notes in the sandbox's Intercom API.
import { describe, expect, test } from 'vitest';
import { create, openWorkspace, owner, refusalOf } from '../rest-workspace.ts';

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
    expect((await workspace.http.get(`/contacts/${user.id}/tags`)).data.data).toEqual([
      {
        type: 'tag',
        id: tag.id,
        name: 'vip',
        applied_at: expect.any(Number),
        applied_by: { type: 'admin', id: '501' },
      },
    ]);
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

  test('a deleted tag comes off everyone', async () => {
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
