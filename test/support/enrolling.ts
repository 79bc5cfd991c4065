// Campaigns with settings of enrollment, people who join them, and what happened to them in Intercom.
import { expect } from 'vitest';
import type { Contact } from '../../sandbox/world.ts';
import { type Caller, callerWith, idOf } from './api.ts';
import type { TestApp } from './app.ts';

type Json = Record<string, unknown>;
export type Enrolled = {
  id: string;
  state: string;
  contact_id: string | null;
  outcome: string | null;
  run_id: string | null;
};

export const email = { type: 'field', from: 'person.email', to: 'email' };
export const name = { type: 'field', from: 'person.name', to: 'name' };

export type Enrolling = Awaited<ReturnType<typeof enrollingIn>>;

/** `side` below is the settings of the leads, unless it is said otherwise. */
export async function enrollingIn(app: TestApp) {
  const caller = callerWith(app.url, await app.apiToken());
  let campaigns = 0;

  /** A new campaign; resolves with its id. */
  async function campaign(side: Json = {}, referrers: Json = { action: 'nothing' }): Promise<string> {
    campaigns += 1;
    const campaignBody = { name: `Campaign ${campaigns}`, destination_url: 'https://example.com' };
    const id = idOf(await caller.post('/campaigns', campaignBody));
    await change(id, { leads: side, referrers });
    return id;
  }

  async function change(id: string, enrollment: Json) {
    const changed = await caller.patch(`/campaigns/${id}`, { settings: { enrollment } });
    expect(changed.status, JSON.stringify(changed.body)).toBe(200);
    return changed.body as {
      enrollment: Record<'leads' | 'referrers', { complete: boolean; missing: string[] }>;
    };
  }

  /** Resolves with the id of the referral. */
  async function join(campaignId: string, person: Json, more: Json = {}): Promise<string> {
    return idOf(await caller.post('/referrals', { campaign_id: campaignId, person, ...more }));
  }

  /** Once its run has come to an end. */
  async function enrolled(campaignId: string, memberId: string): Promise<Enrolled> {
    await expect
      .poll(async () => (await found(campaignId, memberId))?.state ?? 'planned')
      .not.toBe('planned');
    const enrollment = await found(campaignId, memberId);
    if (!enrollment) throw new Error('there is no enrollment');
    return enrollment;
  }

  async function found(campaignId: string, memberId: string): Promise<Enrolled | undefined> {
    const { body } = await caller.get(`/enrollments?campaign_id=${campaignId}&limit=100`);
    return (body as { data: (Enrolled & { participant_id: string })[] }).data.find(
      (each) => each.participant_id === memberId,
    );
  }

  function contact(id: string | null): Contact {
    const known = id === null ? undefined : app.sandbox.world.contacts.get(id);
    if (!known) throw new Error(`Intercom has no contact ${id}`);
    return known;
  }

  const contactsOf = (address: string) =>
    app.sandbox.world.contacts
      .all()
      .filter((contact) => contact.email === address && contact.merged_into === null);
  const tagsOf = (id: string | null) =>
    contact(id).tag_ids.map((tag) => app.sandbox.world.tags.get(tag)?.name);

  return { caller: caller as Caller, campaign, change, join, enrolled, contact, contactsOf, tagsOf };
}
