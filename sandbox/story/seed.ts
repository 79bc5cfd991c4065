// Fills an empty sandbox with the story of Northwind Outfitters, an outdoor shop with a referral program.

import type { Contact, ConversationPart, World } from '../world.ts';
import { type ConversationStory, conversations } from './conversations.ts';
import { type Person, people } from './people.ts';
import { admins, seedWorkspace } from './workspace.ts';

export type SeededContact = Pick<Contact, 'id' | 'email' | 'name' | 'role'>;

/** All people in the story, for seeding the other side. A lead and a user may share an email. */
export const seededContacts: readonly SeededContact[] = people.map(({ id, email, name, role }) => ({
  id,
  email,
  name,
  role,
}));

/** The seeded contact with this email, of this role where two share it. Throws when there is none. */
export function seededContact(email: string | null, role?: Contact['role']): SeededContact {
  const found = seededContacts.find(
    (contact) => contact.email === email && (role ?? contact.role) === contact.role,
  );
  if (!found) throw new Error(`No contact of the sandbox's story has the email ${email}`);
  return found;
}

/** Stores the story, with times that end just before now. */
export function seedWorld(world: World): void {
  seedWorkspace(world);
  for (const person of people) world.contacts.put(contactOf(person, world.now()));
  for (const story of conversations) seedConversation(world, story);
  seedNotes(world);
}

function contactOf(person: Person, now: number): Contact {
  const { age, seen, more, ...known } = person;
  return {
    ...known,
    email_verified: null,
    phone: null,
    pseudonym: null,
    avatar: null,
    owner_id: null,
    unsubscribed_from_emails: false,
    has_hard_bounced: false,
    marked_email_as_spam: false,
    created_at: now - age,
    updated_at: now - (seen ?? age),
    signed_up_at: person.role === 'user' ? now - age : null,
    last_seen_at: seen === null ? null : now - seen,
    last_replied_at: null,
    last_contacted_at: null,
    language_override: null,
    location: { country: null, region: null, city: null, country_code: null, continent_code: null },
    custom_attributes: {},
    tag_ids: [],
    company_ids: [],
    channel: 'messenger',
    archived: false,
    blocked: false,
    merged_into: null,
    merge_history: [],
    ...more?.(now),
  };
}

function seedConversation(world: World, story: ConversationStory): void {
  const now = world.now();
  const participants = story.between.map(participant);
  const parts = story.said.map(([speaker, minutesAgo, text]) => ({
    id: world.newNumericId(),
    author: typeof speaker === 'number' ? authorOf(participants[speaker]) : staff[speaker],
    body: `<p>${text}</p>`,
    created_at: now - minutesAgo * 60,
  }));
  world.conversations.put({
    id: world.newNumericId(),
    contact_ids: participants.map((participant) => participant.id),
    title: story.title,
    source_type: story.source ?? 'conversation',
    open: !story.closed,
    read: story.read ?? true,
    admin_assignee_id: story.assignee === undefined ? null : staff[story.assignee].id,
    created_at: parts.at(0)?.created_at ?? now,
    updated_at: parts.at(-1)?.created_at ?? now,
    parts,
  });
}

function participant(roleAndEmail: ConversationStory['between'][number]): SeededContact {
  const [role, email] = roleAndEmail.split(':');
  return seededContact(email || null, role === 'lead' ? 'lead' : 'user');
}

function authorOf(person: SeededContact | undefined): ConversationPart['author'] {
  if (!person) throw new Error('A contact writes in a conversation without taking part in it');
  return { type: person.role, id: person.id, name: person.name };
}

const staff = {
  aoife: { type: 'admin', id: '7310001', name: nameOf('7310001') },
  dani: { type: 'admin', id: '7310002', name: nameOf('7310002') },
  fin: { type: 'bot', id: '7310099', name: 'Fin' },
} as const satisfies Record<string, ConversationPart['author']>;

function nameOf(adminId: string): string | null {
  return admins.find((admin) => admin.id === adminId)?.name ?? null;
}

/** Notes on the lead of the twins: they move when the two are merged. */
function seedNotes(world: World): void {
  const day = 86_400;
  const written = [
    {
      contact_id: seededContact('twin@example.com', 'lead').id,
      daysAgo: 9,
      body: 'Met at the trade show in Galway.',
    },
    {
      contact_id: seededContact('twin@example.com', 'lead').id,
      daysAgo: 1,
      body: 'Wants the team plan for four people.',
    },
    {
      contact_id: seededContact('top.referrer@example.com').id,
      daysAgo: 30,
      body: 'Prints our cards himself.',
    },
  ];
  for (const { contact_id, daysAgo, body } of written) {
    world.notes.put({
      id: world.newNumericId(),
      contact_id,
      admin_id: '7310002',
      body: `<p>${body}</p>`,
      created_at: world.now() - daysAgo * day,
    });
  }
}
