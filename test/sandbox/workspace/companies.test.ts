// Companies in the sandbox's Intercom API, and the contacts that belong to them.
import { describe, expect, test } from 'vitest';
import { create, openWorkspace, refusalOf } from '../rest-workspace.ts';

describe('companies', () => {
  test('are made and updated by their company_id, and changed and deleted by their id', async () => {
    await using workspace = await openWorkspace();
    const made = (await workspace.http.post('/companies', { company_id: 'c-1', name: 'One', plan: 'Gold' }))
      .data;
    expect(made).toMatchObject({ type: 'company', company_id: 'c-1', plan: { name: 'Gold' }, user_count: 0 });
    const again = await workspace.http.post('/companies', {
      company_id: 'c-1',
      size: 5,
      custom_attributes: { tier: 'a' },
    });
    expect(again.data).toMatchObject({ id: made.id, name: 'One', size: 5, custom_attributes: { tier: 'a' } });
    const put = await workspace.http.put(`/companies/${made.id}`, { name: 'Uno' });
    expect(put.data).toMatchObject({ name: 'Uno', company_id: 'c-1', size: 5 });
    expect((await workspace.http.get('/companies?company_id=c-1')).data.data).toEqual([put.data]);
    expect((await workspace.http.get('/companies?name=Uno')).data.total_count).toBe(1);
    expect((await workspace.http.get('/companies?name=One')).data.errors[0].code).toBe('company_not_found');
    expect((await workspace.http.post('/companies', { name: 'x' })).status).toBe(400);
    expect((await workspace.http.delete(`/companies/${made.id}`)).data).toEqual({
      id: made.id,
      object: 'company',
      deleted: true,
    });
    expect((await workspace.http.get(`/companies/${made.id}`)).status).toBe(404);
  });

  test('take contacts on and let them go, which is told once', async () => {
    await using workspace = await openWorkspace();
    const company = (await workspace.http.post('/companies', { company_id: 'c-1', name: 'One' })).data;
    const { id } = await create(workspace, { external_id: 'u' });
    const path = `/contacts/${id}/companies`;
    workspace.topics();
    for (let n = 0; n < 2; n += 1) {
      expect((await workspace.http.post(path, { id: company.id })).data.user_count).toBe(1);
    }
    expect((await workspace.http.get(path)).data).toMatchObject({
      type: 'list',
      companies: [{ id: company.id }],
      total_count: 1,
    });
    const people = await workspace.http.get(`/companies/${company.id}/contacts`);
    expect(people.data).toMatchObject({ type: 'list', data: [{ id }] });
    for (let n = 0; n < 2; n += 1) await workspace.http.delete(`${path}/${company.id}`);
    expect(workspace.topics()).toEqual(['company.contact.attached', 'company.contact.detached']);
    expect(workspace.emitted.at(-1)?.item).toMatchObject({
      company: { type: 'company', id: company.id },
      contact: { type: 'contact', id },
    });
    expect(refusalOf(await workspace.http.post(path, {}))).toEqual({
      status: 400,
      code: 'parameter_not_found',
      message: 'company not specified',
    });
    expect((await workspace.http.post(path, { id: 'x' })).data.errors[0].code).toBe('company_not_found');
  });

  test('are at most a thousand to a contact', async () => {
    await using workspace = await openWorkspace();
    const company = (await workspace.http.post('/companies', { company_id: 'c-1' })).data;
    const { id } = await create(workspace, { role: 'lead' });
    const contact = workspace.world.contacts.get(id);
    const company_ids = Array.from({ length: 1000 }, (_, n) => `c${n}`);
    if (contact) workspace.world.contacts.put({ ...contact, company_ids });
    const answer = await workspace.http.post(`/contacts/${id}/companies`, { id: company.id });
    expect(refusalOf(answer)).toMatchObject({ status: 400, code: 'contact_company_limit_exceeded' });
  });

  test('are listed by page and scrolled to the end', async () => {
    await using workspace = await openWorkspace();
    for (const company_id of ['a', 'b', 'c']) await workspace.http.post('/companies', { company_id });
    const list = await workspace.http.post('/companies/list?per_page=2&order=asc');
    expect(list.data).toMatchObject({ data: [{ company_id: 'a' }, { company_id: 'b' }], total_count: 3 });
    const scroll = (scroll_param?: string) =>
      workspace.http.get('/companies/scroll', { params: { scroll_param } });
    const { data } = await scroll();
    expect(data.data).toHaveLength(3);
    expect((await scroll(data.scroll_param)).data).toEqual({
      type: 'list',
      data: [],
      pages: null,
      total_count: null,
    });
    expect((await scroll(data.scroll_param)).status).toBe(404);
  });

  test('are scrolled one scroll at a time, which a minute without a call ends', async () => {
    await using workspace = await openWorkspace();
    await workspace.http.post('/companies', { company_id: 'a' });
    workspace.setNow(1_800_000_000_000);
    const scroll = (scroll_param?: string) =>
      workspace.http.get('/companies/scroll', { params: { scroll_param } });
    const { scroll_param } = (await scroll()).data;
    expect(refusalOf(await scroll())).toMatchObject({ status: 423, code: 'scroll_exists' });
    workspace.setNow(1_800_000_060_000);
    expect(refusalOf(await scroll(scroll_param))).toMatchObject({ status: 404 });
    expect((await scroll()).data.data).toHaveLength(1);
  });

  test('refuse a parameter that they do not know', async () => {
    await using workspace = await openWorkspace();
    const answer = await workspace.http.post('/companies', { company_id: 'a', test: 1 });
    expect(refusalOf(answer)).toEqual({
      status: 400,
      code: 'bad_request',
      message: "bad 'test' parameter",
    });
  });
});
