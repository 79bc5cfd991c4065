// Which notifications Intercom sends at all, and how those of a topic differ from the REST API and from each other.
import { describe, expect, test, vi } from 'vitest';
import type { AppCalls } from '../../../sandbox/deliveries/app-calls.ts';
import { notification } from '../../../sandbox/deliveries/notification.ts';
import { createWebhooks } from '../../../sandbox/deliveries/webhooks.ts';
import { createFaults } from '../../../sandbox/faults.ts';
import { changeSettings } from '../../../sandbox/settings.ts';
import { openWorld } from '../../../sandbox/world.ts';
import { create, openWorkspace } from '../rest-workspace.ts';

/** Webhooks of one topic to an app that answers what the test wants, at a time that it sets. */
function openDeliveries() {
  const state = { now: 1_800_000_000_000, status: 200, sent: 0 };
  const world = openWorld(':memory:', () => state.now);
  const app: AppCalls = {
    headWebhooks: async () => 200,
    postWebhook: async () => {
      state.sent += 1;
      return state.status;
    },
    postUninstall: async () => 200,
    close: () => {},
  };
  changeSettings(world, { webhook_retry_ms: 2 ** 31 - 1 });
  const webhooks = createWebhooks({ world, app, faults: createFaults(), topics: ['contact.user.updated'] });
  const statuses = () => world.deliveries.all().map((one) => one.status);
  return {
    state,
    statuses,
    emit: (topic: string) => webhooks.emit(topic, { type: 'contact', id: '1' }),
    /** Waits until so many attempts have been made and counted. */
    settled: (sent: number) =>
      vi.waitFor(() => {
        expect(state.sent).toBe(sent);
        const open = world.deliveries.all().filter((one) => one.status === 'pending' && one.attempts === 0);
        expect(open).toEqual([]);
      }),
    async [Symbol.asyncDispose]() {
      await webhooks.close();
      world.close();
    },
  };
}

test('topics that the app has not subscribed to are not sent', async () => {
  await using deliveries = openDeliveries();
  deliveries.emit('contact.subscribed');
  deliveries.emit('contact.user.updated');
  await deliveries.settled(1);
  expect(deliveries.statuses()).toHaveLength(1);
});

describe('a subscription pauses for a quarter of an hour, and drops what comes meanwhile', () => {
  const quarter = 15 * 60 * 1000;

  test('after a thousand failures in a row', async () => {
    await using deliveries = openDeliveries();
    const { state } = deliveries;
    state.status = 500;
    for (let n = 0; n < 999; n += 1) deliveries.emit('contact.user.updated');
    await deliveries.settled(999);
    state.status = 200;
    deliveries.emit('contact.user.updated');
    await deliveries.settled(1000);
    state.status = 500;
    for (let n = 0; n < 1000; n += 1) deliveries.emit('contact.user.updated');
    await deliveries.settled(2000);
    state.status = 200;
    deliveries.emit('contact.user.updated');
    expect(deliveries.statuses().at(-1)).toBe('dropped');
    state.now += quarter;
    deliveries.emit('contact.user.updated');
    await deliveries.settled(2001);
  });

  test('after as long of failures alone', async () => {
    await using deliveries = openDeliveries();
    const { state } = deliveries;
    state.status = 500;
    deliveries.emit('contact.user.updated');
    await deliveries.settled(1);
    state.now += quarter;
    deliveries.emit('contact.user.updated');
    await deliveries.settled(2);
    deliveries.emit('contact.user.updated');
    expect(deliveries.statuses()).toEqual(['pending', 'pending', 'dropped']);
  });
});

describe('a notification', () => {
  test('of a new email has whole seconds where its twin has milliseconds, and no domain', async () => {
    await using workspace = await openWorkspace();
    const contact = await create(workspace, { email: 'a@example.com' });
    const nowMs = contact.updated_at * 1000 + 345;
    const updatedAt = (topic: string) =>
      notification('sandbox', topic, contact, nowMs).data.item as Record<string, unknown>;
    const whole = new Date(contact.updated_at * 1000).toISOString();
    expect(updatedAt('contact.email.updated').updated_at).toBe(whole);
    expect(updatedAt('contact.user.updated').updated_at).toBe(whole.replace('.000Z', '.345+00:00'));
    expect(contact.email_domain).toBe('example.com');
    expect(updatedAt('contact.user.updated')).not.toHaveProperty('email_domain');
  });

  test('of a company has no type of its own, and a company in other words than the REST API', async () => {
    await using workspace = await openWorkspace();
    const company = (await workspace.http.post('/companies', { company_id: 'c-1', plan: 'Gold' })).data;
    const { id } = await create(workspace, { role: 'lead' });
    await workspace.http.post(`/contacts/${id}/companies`, { id: company.id });
    const item = workspace.emitted.at(-1)?.item;
    expect(Object.keys(item ?? {})).toEqual(['company', 'contact']);
    expect(item?.company).toEqual({
      type: 'company',
      id: company.id,
      company_id: 'c-1',
      app_id: 'sandbox',
      name: '',
      plan_id: company.plan.id,
      remote_created_at: null,
      created_at: expect.any(Number),
      updated_at: expect.any(Number),
      last_request_at: null,
      monthly_spend: 0,
      session_count: 0,
      user_count: 1,
      tag_ids: [],
      custom_attributes: {},
    });
  });
});
