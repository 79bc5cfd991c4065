// Contacts over the wire: what exactly is asked of Intercom, and what its answers and refusals become.
import nock from 'nock';
import { afterEach, describe, expect, test } from 'vitest';
import { createIntercomCall } from '../../src/intercom/call.ts';
import { createContactActions } from '../../src/intercom/contacts/contact-actions.ts';
import { createContacts } from '../../src/intercom/contacts/contacts.ts';
import { interceptRequests } from '../support/nock.ts';

const host = 'https://api.intercom.io';
const callOf = async () => createIntercomCall(host, 'the-token');
const intercom = { ...createContacts(callOf), ...createContactActions(callOf) };
const api = (version = '2.16') =>
  nock(host, {
    reqheaders: {
      authorization: 'Bearer the-token',
      accept: 'application/json',
      'intercom-version': version,
    },
  });
const sentJson = { reqheaders: { 'content-type': 'application/json' } };
const id = '66f0a1b2c3d4e5f601020304';
const contact = (more: object = {}) => ({
  type: 'contact',
  id,
  role: 'lead',
  email: 'dana@example.com',
  ...more,
});
const refusal = (code: string, message: string) => ({ type: 'error.list', errors: [{ code, message }] });
interceptRequests();
afterEach(() => {
  const pending = nock.pendingMocks();
  nock.cleanAll();
  expect(pending).toEqual([]);
});

describe('making a contact', () => {
  test('sends the role and what is given in Intercom’s words, and nothing else', async () => {
    const body = {
      role: 'user',
      email: 'dana@example.com',
      email_verified: true,
      phone: '+353 1 555 0100',
      name: 'Dana Reed',
      external_id: 'u-1',
      owner_id: '88213',
      avatar: 'https://example.com/dana.png',
      unsubscribed_from_emails: false,
      signed_up_at: 1_772_686_800,
      custom_attributes: { plan: 'pro', seats: 3, trial: null },
    };
    nock(host, sentJson)
      .post('/contacts', body)
      .reply(200, contact({ role: 'user' }));
    const made = await intercom.create('w', 'user', {
      email: 'dana@example.com',
      emailVerified: true,
      phone: '+353 1 555 0100',
      name: 'Dana Reed',
      externalId: 'u-1',
      ownerId: '88213',
      avatarUrl: 'https://example.com/dana.png',
      unsubscribed: false,
      signedUpAt: new Date('2026-03-05T05:00:00.900Z'),
      customAttributes: { plan: 'pro', seats: 3, trial: null },
    });
    expect(made).toMatchObject({ outcome: 'created', contact: { id, role: 'user' } });
    api().post('/contacts', { role: 'lead' }).reply(200, contact());
    expect(await intercom.create('w', 'lead', {})).toMatchObject({ outcome: 'created' });
  });

  test('asks the preview for the language alone', async () => {
    api().post('/contacts', { role: 'lead', name: 'Dana' }).reply(200, contact());
    api('Preview').put(`/contacts/${id}`, { language_override: 'ga' }).reply(200, contact());
    const made = await intercom.create('w', 'lead', { name: 'Dana', language: 'ga' });
    expect(made).toMatchObject({ outcome: 'created', contact: { language: 'ga' } });
  });

  test.each([
    [
      409,
      'conflict',
      `A contact matching those details already exists with id=${id}`,
      { id, archived: false },
    ],
    [
      409,
      'conflict',
      `An archived contact matching those details already exists with id=${id}`,
      { id, archived: true },
    ],
    [409, 'conflict', 'Somebody is there', { id: null, archived: false }],
    [400, 'not_restorable', 'This contact is blocked', {}],
    [409, 'not_restorable', 'This contact is blocked', {}],
  ])('reads from a %i %s who is in the way: %s', async (status, code, message, more) => {
    api().post('/contacts').reply(status, refusal(code, message));
    const outcome = code === 'conflict' ? 'conflict' : 'blocked';
    expect(await intercom.create('w', 'user', {})).toEqual({ outcome, message, ...more });
  });

  test.each([
    [400, refusal('parameter_invalid', 'no such owner'), 'invalid', true],
    [404, refusal('not_found', 'no such route'), 'invalid', true],
    [404, '<html>Not Found</html>', 'bad-upstream', true],
    [404, '{"type":"error.li', 'bad-upstream', true],
    [422, refusal('unprocessable_entity', 'no'), 'invalid', true],
    [422, '', 'invalid', true],
    [401, refusal('unauthorized', 'Access Token Invalid'), 'unauthorized', false],
    [429, refusal('rate_limit_exceeded', 'slowly'), 'rate-limited', false],
    [500, refusal('server_error', 'Server Error'), 'unavailable', true],
    [503, refusal('service_unavailable', 'later'), 'unavailable', true],
    [502, '<html>Bad Gateway</html>', 'unavailable', false],
    [504, refusal('server_error', 'Gateway Timeout'), 'unavailable', false],
    [503, 'upstream connect error', 'unavailable', false],
    [200, { type: 'contact' }, 'bad-upstream', false],
  ])('tells of a %i what was done: %j', async (status, body, code, notDone) => {
    api().post('/contacts').reply(status, body);
    // A grant that has ended is confirmed.
    if (status === 401) api().get('/me').reply(status, body);
    await expect(intercom.create('w', 'lead', {})).rejects.toMatchObject({ code, notDone });
  });

  test('knows that a refused connection has made nothing, and a lost one perhaps', async () => {
    const failure = (code: string) => Object.assign(new Error(code), { code });
    for (const [code, notDone] of [
      ['ECONNREFUSED', true],
      ['ECONNRESET', false],
    ] as const) {
      api().post('/contacts').replyWithError(failure(code));
      await expect(intercom.create('w', 'lead', {})).rejects.toMatchObject({ code: 'unavailable', notDone });
    }
  });
});

describe('a contact that is answered', () => {
  test('is read in the words of today', async () => {
    const body = contact({
      external_id: 'u-1',
      name: 'Dana',
      phone: null,
      owner_id: 88213,
      avatar: { type: 'avatar', image_url: 'https://example.com/a.png' },
      unsubscribed_from_emails: true,
      created_at: 1_772_600_400,
      signed_up_at: null,
      last_seen_at: 1_772_700_000,
      last_replied_at: 1_772_800_000,
      custom_attributes: { plan: 'pro', seats: 3, orders: { type: 'order.list' } },
      something: 'new',
    });
    api().get(`/contacts/${id}`).reply(200, body);
    expect(await intercom.read('w', id)).toEqual({
      id,
      role: 'lead',
      email: 'dana@example.com',
      externalId: 'u-1',
      name: 'Dana',
      pseudonym: null,
      phone: null,
      ownerId: '88213',
      avatarUrl: 'https://example.com/a.png',
      unsubscribed: true,
      language: null,
      createdAt: new Date(1_772_600_400_000),
      signedUpAt: null,
      lastActiveAt: new Date(1_772_800_000_000),
      customAttributes: { plan: 'pro', seats: 3 },
      blocked: false,
    });
  });

  test('is read in the words of the first API too', async () => {
    const lead = {
      type: 'contact',
      id,
      user_id: '77177570-cf5d-4f1a-bc75-75202af47d4f',
      anonymous: true,
      email: '',
      name: null,
      pseudonym: 'Lime Camel from Dublin',
      avatar: { type: 'avatar', image_url: null },
      last_request_at: 1_477_660_267,
      created_at: 1_477_572_283,
      remote_created_at: null,
      tags: { type: 'tag.list', tags: [] },
    };
    api().get(`/contacts/${id}`).reply(200, lead);
    expect(await intercom.read('w', id)).toMatchObject({
      role: 'lead',
      email: null,
      externalId: '77177570-cf5d-4f1a-bc75-75202af47d4f',
      pseudonym: 'Lime Camel from Dublin',
      lastActiveAt: new Date(1_477_660_267_000),
    });
    const user = { type: 'user', id, user_id: 'u-1', anonymous: false, remote_created_at: 1_477_000_000 };
    api().get(`/contacts/${id}`).reply(200, user);
    expect(await intercom.read('w', id)).toMatchObject({
      role: 'user',
      externalId: 'u-1',
      signedUpAt: new Date(1_477_000_000_000),
    });
  });

  test('is followed where it was merged to, and null when it is gone or goes in circles', async () => {
    const into = '66f0a1b2c3d4e5f6010203bb';
    const moved = { link: `</contacts/${into}>; rel="canonical"` };
    api().get(`/contacts/${id}`).reply(410, {}, moved);
    api()
      .get(`/contacts/${into}`)
      .reply(200, contact({ id: into, role: 'user' }));
    expect(await intercom.read('w', id)).toMatchObject({ id: into });
    api().get(`/contacts/${id}`).reply(404, refusal('not_found', 'User Not Found'));
    expect(await intercom.read('w', id)).toBeNull();
    api().get(`/contacts/${into}`).times(4).reply(410, {}, moved);
    expect(await intercom.read('w', into)).toBeNull();
  });

  test('is found by the id of the company, whatever is in it', async () => {
    api()
      .get('/contacts/find_by_external_id/a%2Fb%20c')
      .reply(200, contact({ role: 'user' }));
    expect(await intercom.findByExternalId('w', 'a/b c')).toMatchObject({ id });
    api().get('/contacts/find_by_external_id/x').reply(404, refusal('not_found', 'User Not Found'));
    expect(await intercom.findByExternalId('w', 'x')).toBeNull();
  });

  test('is searched for fifty at a time, page by page, the cursor in the body', async () => {
    const emails = Array.from({ length: 60 }, (_, n) => `p${n}@example.com`);
    const query = (value: string[]) => ({ field: 'email', operator: 'IN', value });
    const next = { type: 'pages', next: { page: 2, starting_after: 'more' } };
    api()
      .post('/contacts/search', { query: query(emails.slice(0, 50)), pagination: { per_page: 150 } })
      .reply(200, { type: 'list', data: [contact()], pages: next });
    api()
      .post('/contacts/search', {
        query: query(emails.slice(0, 50)),
        pagination: { per_page: 150, starting_after: 'more' },
      })
      .reply(200, { type: 'list', data: [contact()] });
    api()
      .post('/contacts/search', { query: query(emails.slice(50)), pagination: { per_page: 150 } })
      .reply(200, { type: 'list', data: [] });
    expect(await intercom.search('w', 'email', emails)).toHaveLength(2);
  });

  test('is never asked for by what cannot be an id', async () => {
    for (const odd of ['..', '../me', '', 'a/b'])
      await expect(intercom.read('w', odd)).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('what is done to a contact', () => {
  test('a lead becomes a user by its role alone', async () => {
    const body = { role: 'user', external_id: 'u-1', signed_up_at: 1_772_686_800 };
    api()
      .put(`/contacts/${id}`, body)
      .reply(200, contact({ role: 'user' }));
    const signedUpAt = new Date(1_772_686_800_000);
    const changed = await intercom.update('w', id, { role: 'user', externalId: 'u-1', signedUpAt });
    expect(changed).toMatchObject({ outcome: 'done', contact: { role: 'user' } });
  });

  test('tags go by their ids, which their names tell', async () => {
    api().post('/tags', { name: 'VIP' }).reply(200, { type: 'tag', id: 71, name: 'VIP' });
    api().post(`/contacts/${id}/tags`, { id: '71' }).reply(200, { type: 'tag', id: '71', name: 'VIP' });
    expect(await intercom.addTag('w', id, 'VIP')).toBe('done');
    const worn = { type: 'list', data: [{ type: 'tag', id: '71', name: 'VIP' }] };
    api().get(`/contacts/${id}/tags`).twice().reply(200, worn);
    api().delete(`/contacts/${id}/tags/71`).reply(200, { type: 'tag', id: '71', name: 'VIP' });
    expect(await intercom.removeTag('w', id, 'vip')).toBe('done');
    expect(await intercom.removeTag('w', id, 'Never worn')).toBe('done');
  });

  test('a company is made or looked up by its own id, and attached by Intercom’s', async () => {
    api().post('/companies', { company_id: 'acme', name: 'Acme' }).reply(200, { type: 'company', id: 'c1' });
    api().post(`/contacts/${id}/companies`, { id: 'c1' }).times(3).reply(200, { type: 'company', id: 'c1' });
    await intercom.attachCompany('w', id, { id: 'acme', name: 'Acme', create: true });
    const found = { type: 'company', id: 'c1' };
    for (const answer of [found, { type: 'list', data: [found] }]) {
      api().get('/companies?company_id=a%26b').reply(200, answer);
      expect(await intercom.attachCompany('w', id, { id: 'a&b', create: false })).toBe('done');
    }
  });

  test('events go by the contact’s own id, with their second', async () => {
    const body = { event_name: 'invited', created_at: 1_772_686_800, id, metadata: { friends: 3 } };
    api().post('/events', body).reply(202);
    const at = new Date('2026-03-05T05:00:00.900Z');
    const event = { contactId: id, name: 'invited', at, metadata: { friends: 3 } };
    expect(await intercom.trackEvent('w', event)).toBe('done');
    api().post('/events').reply(404, refusal('not_found', 'User Not Found'));
    expect(await intercom.trackEvent('w', event)).toBe('gone');
  });

  test('notes have an author where one is named', async () => {
    api().post(`/contacts/${id}/notes`, { body: 'Hello', admin_id: '7' }).reply(200, { id: '1' });
    api().post(`/contacts/${id}/notes`, { body: 'Hello' }).reply(200, { id: '2' });
    await intercom.addNote('w', id, { body: 'Hello', adminId: '7' });
    await intercom.addNote('w', id, { body: 'Hello', adminId: null });
  });

  test('visitors are converted into a role, by what is known of both', async () => {
    const body = { type: 'lead', visitor: { user_id: 'cookie' }, user: { email: 'dana@example.com' } };
    api().post('/visitors/convert', body).reply(200, contact());
    const asked = {
      role: 'lead',
      visitor: { userId: 'cookie' },
      into: { email: 'dana@example.com' },
    } as const;
    expect(await intercom.convertVisitor('w', asked)).toMatchObject({
      outcome: 'converted',
      contact: { id },
    });
  });

  test('archiving, bringing back and deleting have no body', async () => {
    const reference = { type: 'contact', id };
    api()
      .post(`/contacts/${id}/archive`)
      .reply(200, { ...reference, archived: true });
    api()
      .post(`/contacts/${id}/unarchive`)
      .reply(200, { ...reference, archived: false });
    api()
      .delete(`/contacts/${id}`)
      .reply(200, { ...reference, deleted: true });
    expect(await intercom.archive('w', id)).toBe('done');
    expect(await intercom.unarchive('w', id)).toBe('done');
    expect(await intercom.remove('w', id)).toBe('done');
  });
});
