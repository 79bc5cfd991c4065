// The benchmark's notifications: a whole contact of about 3 KB, each with its own id, signed when it is sent.
import { createHmac, randomUUID } from 'node:crypto';
import { contactFields } from './contact-fields.ts';

export const contacts = 10_000;
// Some weeks before the benchmark was written.
const joined = '2025-10-09T08:53:20.000+00:00';
const lately = '2025-11-22T08:26:40.120+00:00';

export const benchContact = (at: number) => `66f0a1b2c3d4e5f6${String(at % contacts).padStart(8, '0')}`;

/** The first is `bench`. */
export const benchWorkspace = (at: number) => (at === 0 ? 'bench' : `bench-${at}`);

/** Returns a new notification with a unique id on every call, of each workspace in turn. */
export function notificationMaker(secret: string, workspaces = 1): () => { body: string; signature: string } {
  const parts = JSON.stringify(envelope('ID', 'ID', 'ID')).split('"ID"');
  const [beforeWorkspace = '', beforeId = '', betweenIds = '', afterIds = ''] = parts;
  let made = 0;
  return () => {
    made += 1;
    const workspace = benchWorkspace(made % workspaces);
    // The next time the contact has another, so that what rules look at changes.
    const plan = ['free', 'trial', 'basic'][made % 3];
    const body = `${beforeWorkspace}"${workspace}"${beforeId}"notif_${randomUUID()}"${betweenIds}"${benchContact(made)}"${afterIds.replace('"pro"', `"${plan}"`)}`;
    return { body, signature: `sha1=${createHmac('sha1', secret).update(body).digest('hex')}` };
  };
}

function envelope(workspaceId: string, id: string, contactId: string) {
  return {
    type: 'notification_event',
    app_id: workspaceId,
    id,
    topic: 'contact.user.updated',
    delivery_status: 'pending',
    delivery_attempts: 1,
    delivered_at: 0,
    first_sent_at: 1_763_800_000,
    created_at: 1_763_800_000,
    links: {},
    self: null,
    data: { type: 'notification_event_data', item: contact(contactId) },
  };
}

const customAttributes = {
  plan: 'pro',
  seats: 12,
  company_size: '11-50',
  newsletter: true,
  trial_ends_at: 1_763_900_000,
  referral_status: 'pending',
  referral_campaign: 'Spring',
  referral_referrer_name: 'Sam Okafor',
  referral_link: 'https://referrals.example.com/r/k7m2pxr4tq',
  about: 'Rides to work all year round, and wrote to us about the yearly plan after a friend sent a link.',
};

function contact(id: string) {
  const list = (what: string) => ({
    type: 'list',
    data: [],
    url: `/contacts/66f0a1b2/${what}`,
    total_count: 0,
  });
  const device = (system: string) =>
    ['app_name', 'app_version', 'device', 'os_version', 'sdk_version', 'last_seen_at'].map((field) => [
      `${system}_${field}`,
      null,
    ]);
  return {
    type: 'contact',
    id,
    workspace_id: 'bench',
    external_id: 'user-20417',
    role: 'user',
    email: 'mira.lund@fjordbikes.example',
    email_domain: 'fjordbikes.example',
    phone: '+4722334455',
    name: 'Mira Lund',
    avatar: {
      type: 'avatar',
      image_url: 'https://static.intercomassets.example/avatars/66f0a1b2/square.png',
    },
    owner_id: '88213',
    ...contactFields({ joined, lately, signedUp: joined }),
    location: {
      type: 'location',
      country: 'Norway',
      region: 'Oslo County',
      city: 'Oslo',
      country_code: 'NOR',
      continent_code: 'EU',
    },
    ...Object.fromEntries([...device('android'), ...device('ios')]),
    custom_attributes: customAttributes,
    tags: list('tags'),
    notes: list('notes'),
    companies: list('companies'),
    opted_out_subscription_types: list('subscriptions'),
    opted_in_subscription_types: list('subscriptions'),
    utm_campaign: 'spring',
    utm_content: null,
    utm_medium: 'referral',
    utm_source: 'friend',
    utm_term: null,
    referrer: 'https://northwind.example/pricing?ref=k7m2pxr4tq',
    sms_consent: false,
    unsubscribed_from_sms: false,
    enabled_push_messaging: null,
  };
}
