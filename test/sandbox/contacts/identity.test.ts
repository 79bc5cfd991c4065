// Which identity is in the way of group: users who share an email, and the archived, deleted, merged and blocked.
import { describe, expect, test } from 'vitest';
import { create, openWorkspace, refusalOf, type Workspace } from '../rest-workspace.ts';

const conflict = (message: string) => ({ status: 409, code: 'conflict', message });
const archivedConflict = (id: string) =>
  conflict(`An archived contact matching those details already exists with id=${id}`);

const unarchive = (workspace: Workspace, id: string) => workspace.http.post(`/contacts/${id}/unarchive`);

describe('users who share an email', () => {
  test('come about by a change, and are both found', async () => {
    await using workspace = await openWorkspace();
    await create(workspace, { email: 'a@example.com' });
    const { id } = await create(workspace, { email: 'b@example.com' });
    const changed = await workspace.http.put(`/contacts/${id}`, { email: 'a@example.com' });
    expect([changed.status, changed.data.email]).toEqual([200, 'a@example.com']);
    const query = { field: 'email', operator: '=', value: 'a@example.com' };
    expect((await workspace.http.post('/contacts/search', { query })).data.total_count).toBe(2);
  });

  test('are in the way of a third without a name, unless the external ID says which of them', async () => {
    await using workspace = await openWorkspace();
    const first = await create(workspace, { email: 'a@example.com', external_id: 'first' });
    const { id } = await create(workspace, { email: 'b@example.com' });
    await workspace.http.put(`/contacts/${id}`, { email: 'a@example.com' });
    const multiple = conflict(
      'Multiple existing users match this email address - must be more specific using user_id',
    );
    const email = 'a@example.com';
    const lead = await create(workspace, { role: 'lead', email });
    expect(refusalOf(await workspace.http.post('/contacts', { email }))).toEqual(multiple);
    expect(refusalOf(await workspace.http.put(`/contacts/${lead.id}`, { role: 'user' }))).toEqual(multiple);
    expect(refusalOf(await workspace.http.post('/contacts', { email, external_id: 'first' }))).toEqual(
      conflict(`A contact matching those details already exists with id=${first.id}`),
    );
  });
});

describe('an archived user', () => {
  test('is in the way of a new one, and comes back by the id in the conflict', async () => {
    await using workspace = await openWorkspace();
    const { id } = await create(workspace, { email: 'a@example.com' });
    await workspace.http.post(`/contacts/${id}/archive`);
    const again = await workspace.http.post('/contacts', { email: 'a@example.com' });
    expect(refusalOf(again)).toEqual(archivedConflict(id));
    expect((await workspace.http.get(`/contacts/${id}`)).status).toBe(404);
    expect((await unarchive(workspace, id)).status).toBe(200);
    expect((await workspace.http.get(`/contacts/${id}`)).data.email).toBe('a@example.com');
  });

  test('does not keep a user from taking its external ID, and then cannot come back', async () => {
    await using workspace = await openWorkspace();
    const archived = await create(workspace, { external_id: 'a' });
    await workspace.http.post(`/contacts/${archived.id}/archive`);
    const { id } = await create(workspace, { email: 'b@example.com' });
    expect((await workspace.http.put(`/contacts/${id}`, { external_id: 'a' })).status).toBe(200);
    expect(refusalOf(await unarchive(workspace, archived.id))).toEqual(
      conflict(`A contact matching those details already exists with id=${id}`),
    );
  });
});

describe('who cannot come back', () => {
  test('a deleted user, who is in the way for a week as if archived', async () => {
    await using workspace = await openWorkspace();
    workspace.setNow(1_800_000_000_000);
    const { id } = await create(workspace, { email: 'a@example.com', external_id: 'a' });
    await workspace.http.delete(`/contacts/${id}`);
    for (const body of [{ email: 'A@example.com' }, { external_id: 'a' }])
      expect(refusalOf(await workspace.http.post('/contacts', body))).toEqual(archivedConflict(id));
    expect((await workspace.http.get(`/contacts/${id}`)).status).toBe(404);
    expect(refusalOf(await unarchive(workspace, id))).toEqual({
      status: 400,
      code: 'bad_request',
      message: 'User has been marked for permanent deletion and is not restorable.',
    });
    workspace.setNow(1_800_000_000_000 + 7 * 24 * 60 * 60 * 1000);
    expect((await unarchive(workspace, id)).status).toBe(404);
    await create(workspace, { email: 'a@example.com', external_id: 'a' });
  });

  test('a merged lead, at every version', async () => {
    await using workspace = await openWorkspace();
    const user = await create(workspace, { email: 'a@example.com' });
    const lead = await create(workspace, { role: 'lead', email: 'a@example.com' });
    await workspace.http.post('/contacts/merge', { from: lead.id, into: user.id });
    expect(refusalOf(await unarchive(workspace, lead.id))).toEqual({
      status: 400,
      code: 'bad_request',
      message: 'User has been merged and is not restorable.',
    });
  });

  test('a blocked contact, and no one at all', async () => {
    await using workspace = await openWorkspace();
    const { id } = await create(workspace, { email: 'a@example.com' });
    await workspace.http.post(`/contacts/${id}/block`);
    expect(refusalOf(await unarchive(workspace, id))).toMatchObject({ status: 400, code: 'not_restorable' });
    expect((await unarchive(workspace, 'nobody')).status).toBe(404);
  });
});

test('the earliest versions answer archiving and deleting with what it is about only', async () => {
  await using workspace = await openWorkspace();
  const { id } = await create(workspace, { external_id: 'u-1' });
  const headers = { 'Intercom-Version': '2.3' };
  const post = async (what: string) =>
    (await workspace.http.post(`/contacts/${id}/${what}`, {}, { headers })).data;
  expect(await post('archive')).toEqual({ id, object: 'contact', archived: true });
  expect(await post('unarchive')).toEqual({ id, object: 'contact', archived: false });
  const deleted = await workspace.http.delete(`/contacts/${id}`, { headers });
  expect(deleted.data).toEqual({ id, object: 'contact', deleted: true });
});
