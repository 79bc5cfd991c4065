// The people of the story. Each is there for something that the app has to get right.
import type { Contact } from '../world.ts';
import { companyIds, tags } from './workspace.ts';

const hour = 3600;
const day = 24 * hour;

/** What is particular about a person; ages are in seconds before the time of seeding. */
export type Person = Pick<Contact, 'id' | 'role' | 'name' | 'email'> & {
  external_id: string;
  age: number;
  seen: number | null;
  more?: (now: number) => Partial<Contact>;
};

const galway = place('Ireland', 'Galway', 'Galway', 'IRL', 'EU');
const dublin = place('Ireland', 'Leinster', 'Dublin', 'IRL', 'EU');

export const people: Person[] = [
  // The main case: referred in Spring, waiting for plan to become pro.
  {
    ...lead(1, 'Maya Okafor', 'pending.lead@example.com', '5b0a7c1e-2d58-4a51-8f0e-3b2f0d8c9e01'),
    age: 3 * day,
    seen: 12 * 60,
    more: (now) => ({
      phone: '+353851112233',
      location: dublin,
      custom_attributes: {
        plan: 'free',
        paid: false,
        signup_date: midnight(now - 3 * day),
        referral_code: 'SPRING-7F2',
      },
    }),
  },
  // The same person twice: what a merge keeps, fills and discards differs field by field.
  {
    ...lead(2, 'Jon Bell', 'twin@example.com', '5b0a7c1e-2d58-4a51-8f0e-3b2f0d8c9e02'),
    age: 9 * day,
    seen: 5 * hour,
    more: (now) => ({
      phone: '+353871234567',
      location: galway,
      owner_id: '7310002',
      tag_ids: [tags.tradeShow.id, tags.needsCall.id],
      custom_attributes: { plan: 'team', seats: 4, referral_code: 'PARTNER-J11' },
      last_replied_at: now - 5 * hour,
    }),
  },
  {
    ...user(3, 'Jonathan Bell', 'twin@example.com', 'cust-1042'),
    age: 212 * day,
    seen: 16 * day,
    more: (now) => ({
      tag_ids: [tags.newsletter.id],
      company_ids: [companyIds.harbour],
      custom_attributes: {
        plan: 'free',
        paid: false,
        signup_date: midnight(now - 212 * day),
        lifetime_value: 129.9,
      },
    }),
  },
  {
    ...user(4, 'Lena Fischer', 'qualified.user@example.com', 'cust-1007'),
    age: 40 * day,
    seen: 26 * hour,
    more: (now) => ({
      location: place('Germany', 'Bavaria', 'Munich', 'DEU', 'EU'),
      custom_attributes: {
        plan: 'pro',
        paid: true,
        signup_date: midnight(now - 31 * day),
        referral_code: 'SPRING-3K9',
        lifetime_value: 318.4,
      },
    }),
  },
  {
    ...user(5, 'Tomás Herrera', 'top.referrer@example.com', 'cust-0811'),
    age: 510 * day,
    seen: 3 * hour,
    more: (now) => ({
      location: place('Spain', 'Asturias', 'Gijón', 'ESP', 'EU'),
      tag_ids: [tags.vip.id],
      company_ids: [companyIds.peakline],
      owner_id: '7310001',
      custom_attributes: {
        plan: 'team',
        seats: 12,
        paid: true,
        signup_date: midnight(now - 510 * day),
        lifetime_value: 4210.75,
      },
    }),
  },
  {
    ...user(6, 'Priya Raman', 'two.campaigns@example.com', 'cust-0933'),
    age: 150 * day,
    seen: 9 * hour,
    more: (now) => ({
      location: place('United Kingdom', 'Scotland', 'Fort William', 'GBR', 'EU'),
      company_ids: [companyIds.harbour],
      custom_attributes: { plan: 'pro', paid: true, signup_date: midnight(now - 150 * day) },
    }),
  },
  {
    ...lead(7, 'Noah Lindqvist', 'factory.lead@example.com', '5b0a7c1e-2d58-4a51-8f0e-3b2f0d8c9e07'),
    age: 2 * day,
    seen: 50 * 60,
    more: () => ({
      location: place('Sweden', 'Jämtland', 'Åre', 'SWE', 'EU'),
      custom_attributes: { plan: 'free', referral_code: 'AUTUMN-N22' },
    }),
  },
  {
    ...user(8, 'Ines Duarte', 'stranger@example.com', 'cust-1101'),
    age: 75 * day,
    seen: 2 * day,
    more: (now) => ({ custom_attributes: { plan: 'free', signup_date: midnight(now - 75 * day) } }),
  },
  // Known by nothing but what Intercom made up.
  {
    ...lead(9, null, null, '5b0a7c1e-2d58-4a51-8f0e-3b2f0d8c9e09'),
    age: 40 * 60,
    seen: 35 * 60,
    more: () => ({ pseudonym: 'Teal Compass from Galway', location: galway }),
  },
  // Names that break what cuts text by bytes or forgets directions.
  {
    ...user(10, 'Zoë 🏔️ Kallio', 'zoe.kallio@example.com', 'cust-1077'),
    age: 60 * day,
    seen: 4 * day,
    more: () => ({ tag_ids: [tags.newsletter.id], custom_attributes: { favorite_activity: '🧗‍♀️ & <ski>' } }),
  },
  {
    ...lead(11, 'ليلى حداد', 'layla.haddad@example.com', '5b0a7c1e-2d58-4a51-8f0e-3b2f0d8c9e11'),
    age: 6 * day,
    seen: 20 * hour,
    more: () => ({
      language_override: 'ar',
      custom_attributes: { plan: 'free', referral_code: 'SPRING-7F2' },
    }),
  },
  // A user of the same email exists, but Intercom merges no contact that came from Facebook.
  {
    ...lead(12, 'Sam Whitaker', 'sam.whitaker@example.com', '5b0a7c1e-2d58-4a51-8f0e-3b2f0d8c9e12'),
    age: 5 * day,
    seen: 30 * hour,
    more: () => ({ channel: 'facebook' }),
  },
  {
    ...user(13, 'Samantha Whitaker', 'sam.whitaker@example.com', 'cust-0987'),
    age: 300 * day,
    seen: 80 * day,
    more: () => ({ custom_attributes: { plan: 'pro', paid: true } }),
  },
  {
    ...lead(14, 'Rafael Costa', 'rafael.costa@example.com', '5b0a7c1e-2d58-4a51-8f0e-3b2f0d8c9e14'),
    age: 1 * day,
    seen: 7 * hour,
    more: () => ({ channel: 'whatsapp', phone: '+5511987654321' }),
  },
  // The user is archived, hence invisible to search, yet still owns the address.
  {
    ...lead(15, 'Greta Holm', 'greta.holm@example.com', '5b0a7c1e-2d58-4a51-8f0e-3b2f0d8c9e15'),
    age: 8 * hour,
    seen: 6 * hour,
    more: () => ({ custom_attributes: { plan: 'team', seats: 3 } }),
  },
  {
    ...user(16, 'Greta Holm', 'greta.holm@example.com', 'cust-0402'),
    age: 700 * day,
    seen: null,
    more: () => ({ archived: true, custom_attributes: { plan: 'free' } }),
  },
  {
    ...user(17, 'Ben Adler', 'ben.adler@example.com', 'cust-0870'),
    age: 330 * day,
    seen: 11 * hour,
    more: () => ({ company_ids: [companyIds.peakline], custom_attributes: { plan: 'team', paid: true } }),
  },
];

/** Fixed ids, so that links made elsewhere to the people of the story keep meeting them. */
function storyId(number: number): string {
  return `67c0d4e5f6a7b8c9d0e1${String(number).padStart(4, '0')}`;
}

function lead(number: number, name: string | null, email: string | null, external_id: string) {
  return { id: storyId(number), role: 'lead' as const, name, email, external_id };
}

function user(number: number, name: string, email: string, external_id: string) {
  return { id: storyId(number), role: 'user' as const, name, email, external_id };
}

function place(country: string, region: string, city: string, country_code: string, continent_code: string) {
  return { country, region, city, country_code, continent_code };
}

/** A date attribute holds the start of its day, in Unix seconds. */
function midnight(seconds: number): number {
  return seconds - (seconds % day);
}
