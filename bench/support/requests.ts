// The benchmark's requests: initialize as the inbox sends it, about 3 KB, signed before measuring.
import { createHmac } from 'node:crypto';
import { contactFields } from './contact-fields.ts';
import type { KnownContact } from './referrals.ts';

export type SignedRequest = { body: string; signature: string; known: KnownContact };

export function initializeRequest(workspaceId: string, known: KnownContact, secret: string): SignedRequest {
  const body = JSON.stringify({
    workspace_id: workspaceId,
    workspace_region: 'US',
    admin,
    conversation: conversation(known),
    contact: contact(workspaceId, known),
  });
  return { body, signature: createHmac('sha256', secret).update(body).digest('hex'), known };
}

/** A view of a live canvas in the Messenger, by a user. */
export function contentRequest(
  workspaceId: string,
  known: KnownContact,
  { contentUrl, secret }: { contentUrl: string; secret: string },
): SignedRequest {
  const body = JSON.stringify({
    workspace_id: workspaceId,
    workspace_region: 'US',
    canvas: { content_url: contentUrl, stored_data: { v: 1 } },
    context: { location: 'home', locale: 'en', referrer: 'https://northwind.example/account' },
    contact: { ...contact(workspaceId, known), role: 'user' },
  });
  return { body, signature: createHmac('sha256', secret).update(body).digest('hex'), known };
}

// Some weeks before the benchmark was written; in Unix seconds, as everywhere in Intercom's API.
const joined = 1_760_000_000;
const lately = 1_763_800_000;

const admin = {
  type: 'admin',
  id: '5017690',
  name: 'Aoife Brennan',
  email: 'aoife@northwind.example',
  job_title: 'Customer support',
  away_mode_enabled: false,
  away_mode_reassign: false,
  has_inbox_seat: true,
  team_ids: [814865],
  avatar: { image_url: 'https://static.intercomassets.example/avatars/5017690/square_128/aoife.png' },
};

function contact(workspaceId: string, { contactId, externalId, email, name, role }: KnownContact) {
  const list = (what: string) => ({
    type: 'list',
    data: [],
    url: `/contacts/${contactId}/${what}`,
    total_count: 0,
    has_more: false,
  });
  return {
    type: 'contact',
    id: contactId,
    workspace_id: workspaceId,
    external_id: externalId,
    role,
    email,
    phone: null,
    name,
    avatar: null,
    owner_id: null,
    ...contactFields({ joined, lately, signedUp: role === 'user' ? joined : null }),
    location: { type: 'location', country: 'Ireland', region: 'Leinster', city: 'Dublin' },
    android_app_name: null,
    android_app_version: null,
    ios_app_name: null,
    ios_app_version: null,
    custom_attributes: { plan: 'trial', seats: 12, company_size: '11-50', newsletter: true },
    tags: list('tags'),
    notes: list('notes'),
    companies: list('companies'),
    utm_campaign: null,
    utm_source: null,
    referrer: 'https://northwind.example/pricing',
  };
}

function conversation({ contactId, externalId, email, name, role }: KnownContact) {
  const author = { type: role, id: contactId, name, email };
  const part = (id: string, by: object, body: string) => ({
    type: 'conversation_part',
    id,
    part_type: 'comment',
    body: `<p>${body}</p>`,
    created_at: lately,
    updated_at: lately,
    notified_at: lately,
    assigned_to: null,
    author: by,
    attachments: [],
    redacted: false,
  });
  return {
    type: 'conversation',
    id: '215468795',
    created_at: lately,
    updated_at: lately,
    waiting_since: null,
    snoozed_until: null,
    open: true,
    state: 'open',
    read: true,
    priority: 'not_priority',
    title: null,
    admin_assignee_id: 5017690,
    team_assignee_id: null,
    source: {
      type: 'conversation',
      id: '2154687950',
      delivered_as: 'customer_initiated',
      subject: '',
      body: '<p>Hi, a friend sent me your link. Does the credit apply to the yearly plan too?</p>',
      author,
      attachments: [],
      url: 'https://northwind.example/pricing',
      redacted: false,
    },
    contacts: {
      type: 'contact.list',
      contacts: [{ type: 'contact', id: contactId, external_id: externalId }],
    },
    teammates: { type: 'admin.list', teammates: [{ type: 'admin', id: '5017690' }] },
    tags: { type: 'tag.list', tags: [] },
    custom_attributes: {},
    conversation_parts: {
      type: 'conversation_part.list',
      conversation_parts: [
        part(
          '2154687951',
          { type: 'admin', id: '5017690', name: admin.name, email: admin.email },
          'Welcome! It does: you will see it on your first invoice. Shall I check that the link was counted?',
        ),
        part('2154687952', author, 'Yes please, I signed up yesterday.'),
      ],
      total_count: 2,
    },
  };
}
