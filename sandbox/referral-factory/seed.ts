// The Referral Factory side of the story: the campaign Autumn, who refers in it and who was referred.
import { seededContact } from '../story/seed.ts';
import type { World } from '../world.ts';
import type { RfUser } from './records.ts';

const day = 86_400;

/** The ids by which the app's copies know them. */
export const autumn = { campaign: '4021', referrer: '88120', lead: '88475', referrerCode: 'rf-astrid-8812' };

const url = 'https://northwind-autumn.referral-factory.com';

/** Fills an empty Referral Factory. */
export function seedReferralFactory(world: World): void {
  const { campaigns, users } = world.referralFactory;
  const now = world.now();
  campaigns.put({
    id: autumn.campaign,
    name: 'Autumn',
    code: 'AuTumn26',
    url,
    status: 'launched',
    created_at: now - 28 * day,
  });
  const base: Pick<RfUser, 'campaign_id' | 'qualified_at' | 'meta' | 'qualification_writes'> = {
    campaign_id: autumn.campaign,
    qualified_at: null,
    meta: [],
    qualification_writes: 0,
  };
  users.put({
    ...base,
    id: autumn.referrer,
    referrer_id: null,
    first_name: 'Astrid Berg',
    email: 'astrid.berg@example.com',
    code: autumn.referrerCode,
    url: `${url}/AsTr1d`,
    source: 'Direct',
    type: 'person_referring',
    signed_up_at: now - 26 * day,
  });
  const lead = seededContact('factory.lead@example.com');
  users.put({
    ...base,
    id: autumn.lead,
    referrer_id: autumn.referrer,
    first_name: lead.name ?? 'Noah',
    email: 'factory.lead@example.com',
    code: 'rf-noah-8847',
    url: `${url}/N0aH`,
    source: 'Referred',
    type: 'person_invited',
    signed_up_at: now - 2 * day,
  });
}
