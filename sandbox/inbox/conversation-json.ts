// A conversation as it travels inside a Canvas Kit request: Intercom's REST shape with all of its parts.
// https://developers.intercom.com/docs/references/rest-api/api.intercom.io/conversations/conversation
import type { Conversation, ConversationPart, World } from '../world.ts';
import { participants } from './people.ts';

/** The REST shape of a conversation, times in Unix seconds. */
export function conversationJson(world: World, conversation: Conversation): Record<string, unknown> {
  const [opening, ...replies] = conversation.parts;
  const lastByCustomer = conversation.parts.at(-1)?.author.type !== 'admin';
  return {
    type: 'conversation',
    id: conversation.id,
    created_at: conversation.created_at,
    updated_at: conversation.updated_at,
    waiting_since: lastByCustomer ? conversation.updated_at : null,
    snoozed_until: null,
    open: conversation.open,
    state: conversation.open ? 'open' : 'closed',
    read: conversation.read,
    priority: 'not_priority',
    title: conversation.title,
    admin_assignee_id:
      conversation.admin_assignee_id === null ? null : Number(conversation.admin_assignee_id),
    team_assignee_id: null,
    source: {
      type: conversation.source_type,
      id: opening?.id ?? conversation.id,
      delivered_as: 'customer_initiated',
      subject: '',
      body: opening?.body ?? '',
      author: opening === undefined ? null : authorJson(world, opening),
      attachments: [],
      url: null,
      redacted: false,
    },
    contacts: {
      type: 'contact.list',
      contacts: participants(world, conversation).map((contact) => ({
        type: 'contact',
        id: contact.id,
        external_id: contact.external_id,
      })),
    },
    teammates: { type: 'admin.list', teammates: [] },
    tags: { type: 'tag.list', tags: [] },
    custom_attributes: {},
    linked_objects: { type: 'list', data: [], total_count: 0, has_more: false },
    conversation_parts: {
      type: 'conversation_part.list',
      conversation_parts: replies.map((part) => partJson(world, part)),
      total_count: replies.length,
    },
  };
}

function partJson(world: World, part: ConversationPart) {
  return {
    type: 'conversation_part',
    id: part.id,
    part_type: 'comment',
    body: part.body,
    created_at: part.created_at,
    updated_at: part.created_at,
    notified_at: part.created_at,
    assigned_to: null,
    author: authorJson(world, part),
    attachments: [],
    external_id: null,
    redacted: false,
  };
}

function authorJson(world: World, part: ConversationPart) {
  const { type, id, name } = part.author;
  const email = type === 'admin' ? world.admins.get(id)?.email : world.contacts.get(id)?.email;
  return { type, id, name, email: email ?? null };
}
