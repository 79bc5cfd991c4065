// Backfills as the API shows them, and the people they bring into Intercom.
import { expect } from 'vitest';
import { z } from 'zod';
import { type Caller, idOf } from './api.ts';
import type { TestApp } from './app.ts';

export const nothing = { action: 'nothing' };
export const leads = {
  action: 'create-lead',
  mapping: [{ type: 'field', from: 'person.email', to: 'email' }],
};

const shown = z.looseObject({
  state: z.string(),
  counted: z.unknown(),
  progress: z.looseObject({ done: z.number(), existing: z.number(), skipped: z.number() }),
});

export function backfillsOf(app: TestApp, caller: Caller) {
  const read = async (id: string) => shown.parse((await caller.get(`/backfills/${id}`)).body);
  const reaches = (id: string, state: string) => expect.poll(async () => (await read(id)).state).toBe(state);
  return {
    read,
    reaches,
    enrolling: async (campaign: string, enrollment: object) =>
      expect((await caller.patch(`/campaigns/${campaign}`, { settings: { enrollment } })).status).toBe(200),
    async count(campaign_id: string, more: object = {}): Promise<string> {
      const id = idOf(await caller.post('/backfills', { from: 'campaign', campaign_id, ...more }));
      await reaches(id, 'counted');
      return id;
    },
    /** Referred people who joined before anything was to happen to them. */
    async joinEarlier(campaign: string, from: number, to: number): Promise<string[]> {
      const emails = Array.from({ length: to - from }, (_, at) => `early.${from + at}@example.com`);
      await app.query(
        `with added as (
           insert into people (id, workspace_id, email, created_at)
           select gen_random_uuid(), 'sandbox', email, now() from unnest($2::text[]) as email returning id)
         insert into referrals (id, workspace_id, campaign_id, person_id, status, status_at, reward_status, source, joined_at)
         select gen_random_uuid(), 'sandbox', $1, id, 'pending', now(), 'none', 'api', now() from added`,
        [campaign, emails],
      );
      return emails;
    },
    contactsOf: (emails: string[]) =>
      app.sandbox.world.contacts.all().filter(({ email }) => email !== null && emails.includes(email)),
    enrolled: () =>
      expect.poll(() => app.query("select 1 from enrollments where state = 'planned'")).toEqual([]),
  };
}
