// What notifications say in our words, in every spelling of Intercom's; and that nothing signed is ever a failure of ours.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Notification } from '../../src/domain/qualification/notification.ts';
import { readNotification, topics } from '../../src/intercom/incoming/notification.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { contactItem, deliver, notification } from '../support/notifications.ts';

const read = (topic: string, item: unknown) =>
  readNotification(topic, notification({ topic, data: { item } }));

function seen(topic: string, item: unknown): Extract<Notification, { kind: 'seen' }> {
  const notice = read(topic, item);
  if (notice.kind !== 'seen') throw new Error(`${topic} was read as ${JSON.stringify(notice)}`);
  return notice;
}

describe('A notification about a contact', () => {
  const item = contactItem({
    id: '66f0a1b2c3d4e5f601020304',
    external_id: 'ref-20417',
    owner_id: '88213',
    phone: '',
    has_hard_bounced: false,
    avatar: { type: 'avatar', image_url: 'https://example.com/a.png' },
    created_at: '2026-03-04T05:00:00.120+00:00',
    signed_up_at: '2026-03-05T05:00:00.000+00:00',
    last_seen_at: null,
    location: { type: 'location', country: 'Norway', region: null, city: 'Oslo' },
    custom_attributes: {
      plan: 'pro',
      seats: 14,
      trial: false,
      renews_at: 1_772_690_400,
      started_at: '2026-03-01T00:00:00Z',
      shops: ['s1', 7],
      nested: { no: 'rule names this' },
      __proto__: null,
    },
    tags: { type: 'list', data: [{ type: 'tag', id: '5512' }], total_count: 1, has_more: false },
  });

  it('tells who it is, when it was changed, and every attribute by the name that rules use', () => {
    const { contact, becameUser } = seen('contact.user.updated', item);
    expect(becameUser).toBe(false);
    expect(contact).toMatchObject({
      id: '66f0a1b2c3d4e5f601020304',
      role: 'user',
      email: 'mira@example.com',
      externalId: 'ref-20417',
      name: 'Mira Lund',
      updatedAt: new Date('2026-03-05T06:00:01.004Z'),
    });
    expect(contact.facts).toMatchObject({
      role: 'user',
      email: 'mira@example.com',
      owner_id: '88213',
      phone: null,
      has_hard_bounced: false,
      created_at: Date.UTC(2026, 2, 4, 5) / 1000,
      signed_up_at: Date.UTC(2026, 2, 5, 5) / 1000,
      last_seen_at: null,
      'location.country': 'Norway',
      'location.region': null,
      'location.city': 'Oslo',
      'custom_attributes.plan': 'pro',
      'custom_attributes.seats': 14,
      'custom_attributes.trial': false,
      'custom_attributes.renews_at': 1_772_690_400,
      'custom_attributes.started_at': Date.UTC(2026, 2, 1) / 1000,
      'custom_attributes.shops': ['s1', '7'],
      tags: ['5512'],
    });
    expect(contact.facts).not.toHaveProperty(['custom_attributes.nested']);
  });

  it('means the same in milliseconds, and what no moment can be is not told', () => {
    const odd = { ...item, updated_at: 1_772_690_401_004, signed_up_at: 1_772_686_800_000, last_seen_at: 0 };
    const { updatedAt, facts } = seen('contact.user.updated', odd).contact;
    expect(updatedAt).toEqual(new Date(1_772_690_401_004));
    expect(facts.signed_up_at).toBe(1_772_686_800);
    expect(facts).not.toHaveProperty('last_seen_at');
  });

  it('tells an external ID in one form, and no number that has lost digits', () => {
    const idOf = (external_id: unknown) =>
      seen('contact.user.updated', { ...item, external_id }).contact.externalId;
    expect(idOf(' Cafe\u0301\u200B')).toBe('Caf\u00e9');
    expect(idOf(817)).toBe('817');
    expect(idOf(9_196_877_626_998_784)).toBeNull();
  });

  it('means the same with Unix seconds as with ISO dates', () => {
    const inSeconds = { ...item, updated_at: 1_772_690_401, signed_up_at: 1_772_686_800 };
    const { updatedAt, facts } = seen('contact.user.updated', inSeconds).contact;
    expect(updatedAt).toEqual(new Date(1_772_690_401_000));
    expect(facts.signed_up_at).toBe(1_772_686_800);
  });

  it('with an empty email is about someone without one', () => {
    const { contact } = seen('contact.lead.created', contactItem({ role: 'lead', email: '' }));
    expect([contact.email, contact.facts.email, contact.role]).toEqual([null, null, 'lead']);
  });

  it('says nothing about tags when it shows only some of them', () => {
    const tags = { type: 'list', data: [{ id: '1' }], total_count: 11, has_more: true };
    expect(seen('contact.user.updated', contactItem({ tags })).contact.facts).not.toHaveProperty('tags');
  });

  it('tells that a lead became a user, by either of the two topics', () => {
    expect(seen('contact.lead.signed_up', contactItem()).becameUser).toBe(true);
    expect(seen('visitor.signed_up', { ...contactItem(), type: 'user' }).becameUser).toBe(true);
  });

  it('is understood in the words of the first API', () => {
    const { contact } = seen('visitor.signed_up', {
      type: 'user',
      id: '66f0a1b2c3d4e5f601020304',
      user_id: 'ref-1',
      anonymous: false,
      email: 'mira@example.com',
      name: 'Mira Lund',
      pseudonym: null,
      location_data: { country_name: 'Norway', city_name: 'Oslo' },
      last_request_at: '2026-03-05T06:00:00Z',
      remote_created_at: '2026-03-01T00:00:00Z',
      updated_at: '2026-03-05T06:00:01Z',
      tags: { type: 'tag.list', tags: [{ type: 'tag', id: '5512' }] },
      custom_attributes: { plan: 'pro' },
    });
    expect(contact).toMatchObject({ role: 'user', externalId: 'ref-1', email: 'mira@example.com' });
    expect(contact.facts).toMatchObject({
      role: 'user',
      external_id: 'ref-1',
      'location.country': 'Norway',
      'location.city': 'Oslo',
      last_seen_at: Date.UTC(2026, 2, 5, 6) / 1000,
      signed_up_at: Date.UTC(2026, 2, 1) / 1000,
      'custom_attributes.plan': 'pro',
      tags: ['5512'],
    });
    expect(seen('visitor.signed_up', { type: 'user', id: '1', anonymous: true }).contact.role).toBe('lead');
  });
});

describe('A notification', () => {
  const contact = contactItem({ id: 'c1', external_id: 'e1' });
  const reference = { type: 'contact', id: 'c1', external_id: 'e1' };
  const tag = { type: 'tag', id: 5512, name: 'VIP' };

  it.each([
    ['contact.user.tag.created', { type: 'contact_tag', tag, contact }, { kind: 'tagged', added: true }],
    ['contact.lead.tag.deleted', { type: 'contact_tag', tag, contact }, { kind: 'tagged', added: false }],
    ['contact.user.tag.created', { tag, contact: reference }, { contact: null, contactId: 'c1' }],
    ['contact.lead.tag.created', { tag, contact }, { tag: { id: '5512', name: 'VIP' }, contactId: 'c1' }],
    ['contact.merged', { ...contact, merged_from: { id: 'c0' } }, { kind: 'merged', fromId: 'c0' }],
    ['contact.merged', contact, { kind: 'merged', fromId: null }],
    ['contact.archived', reference, { kind: 'archived', contactId: 'c1', externalId: 'e1' }],
    ['contact.archive', reference, { kind: 'archived', contactId: 'c1' }],
    ['contact.unarchived', contact, { kind: 'unarchived', contactId: 'c1' }],
    ['contact.unarchive', contact, { kind: 'unarchived', contactId: 'c1' }],
    ['contact.deleted', reference, { kind: 'deleted', contactId: 'c1', externalId: 'e1' }],
    [
      'company.contact.attached',
      { contact, company: {} },
      { kind: 'company', contactId: 'c1', attached: true },
    ],
    ['company.contact.detached', { company: {} }, { kind: 'company', contactId: null, attached: false }],
    ['ping', { type: 'ping', message: 'hello' }, { kind: 'ping' }],
    ['conversation.user.created', {}, { kind: 'unknown', topic: 'conversation.user.created' }],
    ['constructor', {}, { kind: 'unknown', topic: 'constructor' }],
    ['contact.user.updated', { ...contact, id: null }, { kind: 'unreadable' }],
    ['contact.user.tag.created', { contact }, { kind: 'unreadable' }],
    // No call could be made about these.
    ['contact.merged', { ...contact, id: '..' }, { kind: 'unreadable' }],
    ['contact.deleted', { id: 'c1/archive' }, { kind: 'unreadable' }],
    ['contact.merged', { ...contact, merged_from: { id: '\u0001' } }, { kind: 'merged', fromId: null }],
    ['contact.user.updated', undefined, { kind: 'unreadable' }],
  ])('of %s about %j is understood', (topic, item, expected) => {
    expect(read(topic, item)).toMatchObject(expected);
  });
});

const anyTopic = fc.constantFrom(...topics, 'ping', 'conversation.user.created');
// Keys of our own names among others, so that what is odd is odd in the places that are looked at.
const anyKey = fc.oneof(
  fc.constantFrom(
    ...['id', 'type', 'role', 'email', 'updated_at', 'custom_attributes', 'tags', 'data', 'tag', 'contact'],
    ...['merged_from', 'user_id', 'location', 'location_data', 'has_more', '__proto__', 'toString'],
  ),
  fc.string({ unit: 'binary' }),
);
const { anything } = fc.letrec((tie) => ({
  anything: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(
      null,
      true,
      '',
      'user',
      'lead',
      'contact',
      1e308,
      -1,
      0.5,
      '2026-03-05T06:00:01Z',
      '+275760-09-13T00:00Z',
    ),
    fc.string({ unit: 'binary' }),
    fc.double(),
    fc.array(tie('anything'), { maxLength: 4 }),
    fc.dictionary(anyKey, tie('anything'), { maxKeys: 6 }),
  ),
}));

/** A whole contact, with anything at all in some of its fields. */
const oddContact = fc
  .tuple(fc.dictionary(anyKey, anything, { maxKeys: 5 }), anything)
  .map(([over, attributes]) => ({ ...contactItem({ custom_attributes: attributes }), ...over }));

it('Whatever an item is, it is read without a throw, into facts that a database can store', () => {
  fc.assert(
    fc.property(anyTopic, fc.oneof(oddContact, anything), (topic, item) => {
      const notice = read(topic, item);
      const stored = JSON.stringify(notice);
      expect(stored).not.toMatch(/(?<!\\)\\u(0000|d[89a-f])/);
      if (notice.kind === 'seen') {
        for (const value of Object.values(notice.contact.facts)) {
          const kinds = Array.isArray(value) ? value : [value];
          for (const one of kinds) expect(['string', 'number', 'boolean', 'object']).toContain(typeof one);
          if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true);
        }
      }
    }),
    { numRuns: 3_000 },
  );
});

describe('At the front door', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startTestApp({ story: false });
  });
  afterAll(() => app?.close());

  const statusOf = async (body: Parameters<typeof deliver>[1]) => (await deliver(app.url, body)).status;

  it('anything that is signed is answered with 200: bytes, JSON, envelopes and contacts', async () => {
    const bytes = fc.uint8Array({ maxLength: 200 }).map((some) => new Uint8Array(some));
    const json = anything.map((some) => JSON.stringify(some));
    const envelopes = fc
      .dictionary(fc.constantFrom('app_id', 'topic', 'id', 'data', 'type'), anything)
      .map((over) => JSON.stringify(notification(over)));
    const contacts = fc
      .tuple(anyTopic, fc.oneof(oddContact, anything))
      .map(([topic, item]) => JSON.stringify(notification({ topic, data: { item } })));
    await fc.assert(
      fc.asyncProperty(fc.oneof(bytes, json, envelopes, contacts), async (body) => {
        expect(await statusOf(body)).toBe(200);
      }),
      { numRuns: 600 },
    );
  });

  it('and what was stored of it is handled, without a failure', async () => {
    const states = () =>
      app.query<{ state: string; outcome: string | null; topic: string }>(
        `select state, outcome, topic from deliveries where state in ('received', 'failed')`,
      );
    await expect.poll(states, { interval: 200 }).toEqual([]);
  });
});
