// The story that an empty sandbox is filled with.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axios, { type AxiosInstance } from 'axios';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSandbox, type Sandbox } from '../../sandbox/sandbox.ts';
import { seededContact, seededContacts } from '../../sandbox/story/seed.ts';

let folder: string;
let sandbox: Sandbox;
let intercom: AxiosInstance;

const options = () => ({
  port: 0,
  folder,
  appUrl: 'http://127.0.0.1:1',
  clientId: 'the-app',
  clientSecret: 'the-secret-of-the-app',
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sandbox-seed-'));
  sandbox = await createSandbox(options());
  intercom = axios.create({
    baseURL: sandbox.url,
    headers: { Authorization: 'Bearer sandbox-access-token', Accept: 'application/json' },
    validateStatus: () => true,
  });
});

afterAll(async () => {
  await sandbox.close();
  await rm(folder, { recursive: true });
});

async function search(field: string, value: unknown) {
  const answer = await intercom.post('/contacts/search', { query: { field, operator: '=', value } });
  return answer.data.data as { id: string; role: string; email: string; external_id: string }[];
}

test.each([
  ['pending.lead@example.com', ['lead']],
  ['twin@example.com', ['lead', 'user']],
  ['qualified.user@example.com', ['user']],
  ['top.referrer@example.com', ['user']],
  ['two.campaigns@example.com', ['user']],
  ['factory.lead@example.com', ['lead']],
  ['stranger@example.com', ['user']],
])('%s is there as %o, found by the id that the lookup gives', async (email, roles) => {
  const found = await search('email', email);
  expect(found.map((one) => one.role).sort()).toEqual(roles);
  const ids = roles.map((role) => seededContact(email, role === 'lead' ? 'lead' : 'user').id);
  expect(found.map((one) => one.id).sort()).toEqual(ids.sort());
});

test('a lead without an email is known by its pseudonym, and has an external ID of Intercom’s making', () => {
  const contact = sandbox.world.contacts.get(seededContact(null).id);
  expect(contact).toMatchObject({ role: 'lead', email: null, name: null });
  expect(contact?.pseudonym).toMatch(/ from /);
  expect(contact?.external_id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
});

test('the lookup says so when it is asked for someone who is not in the story', () => {
  expect(() => seededContact('nobody@example.com')).toThrow('nobody@example.com');
});

test('every seeded contact can be written back as it is, so the story keeps Intercom’s own rules', async () => {
  for (const { id } of seededContacts) {
    // Only archived ones are not to be had by their id.
    if (sandbox.world.contacts.get(id)?.archived) continue;
    const { custom_attributes, owner_id } = (await intercom.get(`/contacts/${id}`)).data;
    const answer = await intercom.put(`/contacts/${id}`, { custom_attributes, owner_id });
    expect(answer.data.errors).toBeUndefined();
  }
});

test('merging the twins keeps the user’s values, fills its gaps and moves tags and notes', async () => {
  const [from, into] = [
    seededContact('twin@example.com', 'lead').id,
    seededContact('twin@example.com', 'user').id,
  ];
  const merged = (await intercom.post('/contacts/merge', { from, into })).data;
  expect(merged).toMatchObject({
    id: into,
    name: 'Jonathan Bell',
    phone: '+353871234567',
    custom_attributes: { plan: 'free', seats: 4 },
    tags: { total_count: 3 },
    notes: { total_count: 2 },
  });
});

test('the lead from Facebook and the user of the same email cannot be merged', async () => {
  const email = 'sam.whitaker@example.com';
  const body = { from: seededContact(email, 'lead').id, into: seededContact(email, 'user').id };
  const answer = await intercom.post('/contacts/merge', body);
  expect([answer.status, answer.data.errors[0].code]).toEqual([422, 'unprocessable_entity']);
});

test('an archived user stands in the way of a lead with its email', async () => {
  const id = seededContact('greta.holm@example.com', 'lead').id;
  const answer = await intercom.put(`/contacts/${id}`, { role: 'user' });
  expect(answer.status).toBe(409);
  expect(answer.data.errors[0].message).toMatch(/^An archived contact/);
});

test('conversations are recent, in order, and only participants and teammates speak in them', () => {
  const { conversations, contacts, admins, now } = sandbox.world;
  const known = new Set([...contacts.all(), ...admins.all()].map((one) => one.id));
  expect(conversations.all().length).toBeGreaterThanOrEqual(10);
  for (const conversation of conversations.all()) {
    const times = conversation.parts.map((part) => part.created_at);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times.at(-1)).toBeLessThan(now());
    expect(times.at(0)).toBeGreaterThan(now() - 7 * 86_400);
    for (const { author } of conversation.parts) {
      expect(author.type === 'bot' || known.has(author.id)).toBe(true);
      if (author.type === 'lead' || author.type === 'user') {
        expect(conversation.contact_ids).toContain(author.id);
      }
    }
  }
});

test('one conversation is between three people, and the channels differ', () => {
  const conversations = sandbox.world.conversations.all();
  expect(conversations.filter((one) => one.contact_ids.length === 3)).toHaveLength(1);
  const channels = new Set(conversations.map((one) => one.source_type));
  expect([...channels].sort()).toEqual(['conversation', 'email', 'facebook', 'whatsapp']);
});

test('one of three teammates has an unverified email', async () => {
  const { admins } = (await intercom.get('/admins')).data;
  expect(admins).toHaveLength(3);
  expect(sandbox.world.admins.all().filter((one) => !one.email_verified)).toHaveLength(1);
});

test('a world that is in use is not seeded again', async () => {
  const id = seededContact('stranger@example.com').id;
  await intercom.delete(`/contacts/${id}`);
  const before = sandbox.world.conversations.all();
  await sandbox.close();
  sandbox = await createSandbox(options());
  expect(sandbox.world.contacts.get(id)).toBeUndefined();
  expect(sandbox.world.conversations.all()).toEqual(before);
});
