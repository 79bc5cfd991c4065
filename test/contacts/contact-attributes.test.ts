// What rules may name is what contacts are seen to have, whether a notification tells it or Intercom's API is asked.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { notification } from '../../sandbox/deliveries/notification.ts';
import { changeSettings } from '../../sandbox/settings.ts';
import { seededContact } from '../../sandbox/story/seed.ts';
import { standardAttributes } from '../../src/domain/contacts/attribute-catalog.ts';
import { createIntercomCall, type IntercomCall } from '../../src/intercom/call.ts';
import { searchContacts } from '../../src/intercom/contacts/contact-search.ts';
import { readContact } from '../../src/intercom/contacts/contact-state.ts';
import { readNotification } from '../../src/intercom/incoming/notification.ts';
import { type RunningSandbox, runSandbox } from '../sandbox/running-sandbox.ts';

const { id, email } = seededContact('two.campaigns@example.com');

let running: RunningSandbox;
let call: IntercomCall;

beforeAll(async () => {
  running = await runSandbox();
  call = createIntercomCall(running.sandbox.url, 'sandbox-access-token');
});
afterAll(() => running.stop());

async function toldBy(topic: string) {
  const { data } = await running.intercom.get(`/contacts/${id}`);
  const notice = readNotification(topic, notification('sandbox', topic, data, Date.now()));
  if (notice.kind !== 'seen') throw new Error(`${topic} was read as ${notice.kind}`);
  return notice.contact.facts;
}

describe('every standard attribute that a rule may name', () => {
  test('is told by a notification', async () => {
    const told = await toldBy('contact.user.updated');
    expect(standardAttributes.map((one) => one.name).filter((name) => !Object.hasOwn(told, name))).toEqual(
      [],
    );
  });

  test('is told by Intercom when asked, with the same value', async () => {
    const told = await toldBy('contact.user.updated');
    const [found] = await searchContacts(call, 'id', [id]);
    const read = await readContact(call, id);
    for (const { name } of standardAttributes) {
      expect(found?.facts[name], name).toEqual(told[name]);
      expect(read?.facts[name], name).toEqual(told[name]);
    }
  });

  test('of a date is a date', async () => {
    const told = await toldBy('contact.user.updated');
    for (const { name, type } of standardAttributes) {
      if (type === 'date' && told[name] !== null) expect(told[name], name).toBeTypeOf('number');
    }
  });
});

test('of more tags than a contact shows, all are read', async () => {
  const { world } = running.sandbox;
  changeSettings(world, { search_lag_ms: 0 });
  const contact = world.contacts.get(id);
  if (!contact) throw new Error('the contact is gone');
  const tags = Array.from({ length: 13 }, (_, at) => world.tags.put({ id: `61${at}`, name: `Tag ${at}` }).id);
  world.contacts.put({ ...contact, tag_ids: tags });
  const [found] = await searchContacts(call, 'email', [email ?? '']);
  expect(found?.facts.tags).toEqual(tags);
  expect((await readContact(call, id))?.facts.tags).toEqual(tags);
});
