// Northwind Outfitters as it stood before this week: teammates, tags, companies, attributes, segments, visitors.
import type { Admin, Company, DataAttribute, Segment, Tag, Visitor, World } from '../world.ts';

const day = 86_400;

export const admins: Admin[] = [
  teammate('7310001', 'Aoife Brennan', 'aoife@northwind.example.com', 'Head of Support', true),
  teammate('7310002', 'Dani Moreno', 'dani@northwind.example.com', 'Support Specialist', true),
  // Any address can be entered on an account; only a verified one proves who it is.
  teammate('7310003', 'Kofi Mensah', 'kofi@northwind.example.com', 'Growth', false),
];

export const tags = {
  vip: { id: '5120001', name: 'VIP' },
  tradeShow: { id: '5120002', name: 'Trade show' },
  newsletter: { id: '5120003', name: 'Newsletter' },
  needsCall: { id: '5120004', name: 'Needs a call' },
} satisfies Record<string, Tag>;

export const companyIds = { peakline: '67c0a1f2b3d4e5f607180001', harbour: '67c0a1f2b3d4e5f607180002' };

/** Stores everything but the people and what they say. */
export function seedWorkspace(world: World): void {
  const now = world.now();
  for (const admin of admins) world.admins.put(admin);
  for (const tag of Object.values(tags)) world.tags.put(tag);
  for (const company of companies(now)) world.companies.put(company);
  for (const attribute of attributes(now)) world.dataAttributes.put(attribute);
  for (const segment of segments(now)) world.segments.put(segment);
  for (const visitor of visitors(now)) world.visitors.put(visitor);
}

function teammate(
  id: string,
  name: string,
  email: string,
  job_title: string,
  email_verified: boolean,
): Admin {
  return { id, name, email, job_title, email_verified, avatar: null };
}

function companies(now: number): Company[] {
  const since = { created_at: now - 400 * day, updated_at: now - 9 * day };
  return [
    {
      id: companyIds.peakline,
      company_id: 'peakline',
      name: 'Peakline Guides',
      ...since,
      custom_attributes: { partner_tier: 'gold' },
    },
    {
      id: companyIds.harbour,
      company_id: 'harbour-and-fell',
      name: 'Harbour & Fell Co-op',
      ...since,
      custom_attributes: { partner_tier: 'silver' },
    },
  ];
}

type AttributeStory = Pick<DataAttribute, 'name' | 'data_type' | 'description'> & Partial<DataAttribute>;

const attributeStories: AttributeStory[] = [
  {
    name: 'plan',
    data_type: 'string',
    options: ['free', 'pro', 'team'],
    description: 'The membership that the person is on',
  },
  { name: 'seats', data_type: 'integer', description: 'Places in the team membership' },
  { name: 'paid', data_type: 'boolean', description: 'Whether the current membership is paid for' },
  { name: 'signup_date', data_type: 'date', description: 'When the person became a member' },
  { name: 'referral_code', data_type: 'string', description: 'The code that came with the first order' },
  { name: 'lifetime_value', data_type: 'float', description: 'All orders so far, in euros' },
  { name: 'last_order_at', data_type: 'datetime', description: 'When the last order was paid' },
  {
    name: 'favorite_activity',
    data_type: 'string',
    messenger_writable: true,
    description: 'As told in the Messenger',
  },
  { name: 'partner_tier', model: 'company', data_type: 'string', description: 'Level in the partner scheme' },
];

function attributes(now: number): DataAttribute[] {
  return attributeStories.map((story, index) => ({
    id: String(9_410_001 + index),
    model: 'contact',
    options: null,
    messenger_writable: false,
    custom: true,
    archived: false,
    created_at: now - 380 * day,
    updated_at: now - 380 * day,
    admin_id: '7310001',
    ...story,
  }));
}

function segments(now: number): Segment[] {
  const times = { created_at: now - 390 * day, updated_at: now - 2 * day };
  return [
    { id: '67c0b2e3c4d5e6f708290001', name: 'All users', person_type: 'user', ...times },
    { id: '67c0b2e3c4d5e6f708290002', name: 'All leads', person_type: 'contact', ...times },
  ];
}

function visitors(now: number): Visitor[] {
  return [
    {
      id: '67c0c3f4d5e6f70819300001',
      user_id: '3d0f1c62-7a94-4f0b-9b55-1c6f2f3a8e11',
      email: null,
      name: null,
      pseudonym: 'Amber Lantern from Cork',
      created_at: now - 2 * 3600,
      updated_at: now - 1800,
      custom_attributes: {},
    },
    {
      id: '67c0c3f4d5e6f70819300002',
      user_id: '8b7a2f45-1f3d-4c2e-8a60-5d9e7c1b4a22',
      email: 'browsing@example.com',
      name: null,
      pseudonym: 'Green Rucksack from Oslo',
      created_at: now - 26 * 3600,
      updated_at: now - 3 * 3600,
      custom_attributes: {},
    },
  ];
}
