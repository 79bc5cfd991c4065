// /conversations: reading them; what is said in them happens on the inbox page.
import { Router } from 'express';
import { z } from 'zod';
import type { Conversation, ConversationPart, World } from '../../world.ts';
import { type Api, newestVersion, read, type Version, versionOf } from '../call.ts';
import { pageByCursor, perPageSchema } from '../pages.ts';
import { notFound } from '../refusal.ts';
import { searchConversations } from '../search/conversation-search.ts';

const listQuery = z.object({ per_page: perPageSchema(20), starting_after: z.string().optional() });

export function conversationRoutes({ world }: Api): Router {
  const router = Router();
  router.get('/conversations', (req, res) => {
    const query = read(listQuery, req.query);
    const { data, total_count, pages } = pageByCursor(world.conversations.all(), {
      key: (conversation) => [conversation.updated_at, conversation.id],
      order: 'descending',
      perPage: query.per_page,
      startingAfter: query.starting_after,
    });
    const conversations = data.map((conversation) => conversationJson(world, conversation, versionOf(req)));
    res.json({ type: 'conversation.list', conversations, total_count, pages });
  });
  router.post('/conversations/search', (req, res) => {
    const { data, total_count, pages } = searchConversations(world, req.body);
    const conversations = data.map((conversation) => conversationJson(world, conversation, versionOf(req)));
    res.json({ type: 'conversation.list', conversations, total_count, pages });
  });
  router.get('/conversations/:id', (req, res) => {
    const conversation = world.conversations.get(req.params.id);
    if (!conversation) throw notFound();
    res.json(wholeConversationJson(world, conversation, versionOf(req)));
  });
  return router;
}

/** A conversation with all its parts, as reading one gives it and as a Canvas Kit request carries it. */
export function wholeConversationJson(world: World, conversation: Conversation, version: Version) {
  const parts = conversation.parts.slice(1);
  return {
    ...conversationJson(world, conversation, version),
    conversation_parts: {
      type: 'conversation_part.list',
      conversation_parts: parts.map((part) => partJson(world, part)),
      total_count: parts.length,
    },
  };
}

function conversationJson(
  world: World,
  conversation: Conversation,
  version: Version,
): Record<string, unknown> {
  const { id, title, created_at, updated_at, open, read, admin_assignee_id, parts } = conversation;
  const [first] = parts;
  return {
    type: 'conversation',
    id,
    title,
    created_at,
    updated_at,
    waiting_since: null,
    snoozed_until: null,
    open,
    state: open ? 'open' : 'closed',
    read,
    // Up to 2.15 the enum is `priority` and `not_priority`.
    priority: version === newestVersion ? 'none' : 'not_priority',
    // Unassigned is 0 in Intercom, and never null.
    admin_assignee_id: Number(admin_assignee_id ?? 0),
    team_assignee_id: 0,
    tags: { type: 'tag.list', tags: [] },
    conversation_rating: null,
    source: {
      type: conversation.source_type,
      id: first?.id ?? null,
      delivered_as: 'customer_initiated',
      subject: '',
      body: first?.body ?? '',
      ...(first && { author: authorJson(world, first) }),
      attachments: [],
      url: null,
      redacted: false,
    },
    contacts: {
      type: 'contact.list',
      contacts: conversation.contact_ids.map((contactId) => ({
        type: 'contact',
        id: contactId,
        external_id: world.contacts.get(contactId)?.external_id ?? null,
      })),
    },
    // Null in the examples of the 2.16 reference where no teammate is assigned.
    teammates:
      admin_assignee_id === null
        ? null
        : { type: 'admin.list', teammates: [{ type: 'admin', id: admin_assignee_id }] },
    custom_attributes: {},
    first_contact_reply: first
      ? { created_at: first.created_at, type: conversation.source_type, url: null }
      : null,
    sla_applied: null,
    statistics: null,
    linked_objects: { type: 'list', data: [], total_count: 0, has_more: false },
    ai_agent_participated: false,
  };
}

function partJson(world: World, part: ConversationPart) {
  return {
    type: 'conversation_part',
    // A number in the 2.16 reference's example of reading a conversation, and in captures, where its schema has a string.
    id: Number(part.id),
    part_type: 'comment',
    body: part.body,
    created_at: part.created_at,
    updated_at: part.created_at,
    notified_at: part.created_at,
    author: authorJson(world, part),
    attachments: [],
    external_id: null,
    redacted: false,
  };
}

function authorJson(world: World, { author }: ConversationPart) {
  const email = (author.type === 'admin' ? world.admins : world.contacts).get(author.id)?.email;
  return { type: author.type, id: author.id, name: author.name, ...(email != null && { email }) };
}
