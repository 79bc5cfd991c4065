// Refusals that are the same trouble to every call: what test/runs/refusals.test.ts proves of one holds for all of its kind.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { seededContact } from '../../sandbox/story/seed.ts';
import { Failure, statusOf } from '../../src/failure.ts';
import { createIntercomCall } from '../../src/intercom/call.ts';
import { tagId } from '../../src/intercom/contacts/contact-marks.ts';
import { createIntercomApi, type IntercomApi } from '../../src/intercom/intercom-api.ts';
import { troubleOf } from '../../src/usecases/trouble.ts';
import { type Form, otherRefusals, refusals, refusalWords } from '../support/refusals.ts';
import { type RunningSandbox, runSandbox } from './running-sandbox.ts';

let running: RunningSandbox;
let api: IntercomApi;
beforeAll(async () => {
  running = await runSandbox();
  api = createIntercomApi(callOf, () => new Date());
});
afterAll(() => running.stop());
afterEach(() => running.admin.delete('/faults'));

const callOf = async () => createIntercomCall(running.sandbox.url, 'sandbox-access-token');
const lead = seededContact('pending.lead@example.com').id;
const fields = { email: 'lead@example.com', externalId: null, signedUpAt: new Date() };

/** The calls that the ways of work are refused. */
const calls: Record<string, () => Promise<unknown>> = {
  create: () => api.contacts.create('sandbox', 'lead', { email: 'new@example.com' }),
  'write back': () => api.writeBack.setAttributes('sandbox', lead, { referral_status: 'pending' }),
  tag: async () => tagId(await callOf(), 'vip'),
  'read attributes': () => api.readKnown('sandbox'),
  convert: async () => api.conversionClient('sandbox').then((client) => client.changeRole(lead, fields)),
};

/** What each call makes of it, as the work that waits for it sees it. */
async function met(form: Form) {
  const refuse = { on: 'api', kind: 'status', times: 'always', message: refusalWords, ...form };
  const match = { pattern: '^/(contacts|tags|data_attributes)' };
  expect((await running.admin.post('/faults', { ...refuse, match })).status).toBe(201);
  const said: string[] = [];
  const statuses: number[] = [];
  const troubles: Record<string, object> = {};
  for (const [name, ask] of Object.entries(calls)) {
    try {
      const { message, ...outcome } = (await ask()) as { outcome: string; message: string };
      said.push(message);
      troubles[name] = outcome;
    } catch (error) {
      const { words, exchange: _, ...trouble } = troubleOf(error);
      said.push(words);
      troubles[name] = trouble;
      if (error instanceof Failure) statuses.push(statusOf(error.code));
    }
  }
  await running.admin.delete('/faults');
  return { said, statuses, troubles };
}

test.each(otherRefusals)('%s is to every call what the others of its kind are', async (...refusal) => {
  const [, form, kind, status, says] = refusal;
  const { said, statuses, troubles } = await met(form);
  expect(troubles).toEqual((await met(refusals[kind][1])).troubles);
  for (const words of said) expect(words).toEqual(expect.stringContaining(String(says)));
  expect(new Set(statuses)).toEqual(new Set([status]));
});
