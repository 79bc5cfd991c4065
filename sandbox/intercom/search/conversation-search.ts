// POST /conversations/search: the fields that conversations can be found by, as far as the sandbox has values for them.
import type { Conversation, World } from '../../world.ts';
import { read } from '../call.ts';
import { type Page, pageByCursor } from '../pages.ts';
import { invalid } from '../refusal.ts';
import { type Filter, queryTest, searchSchema } from './search-body.ts';

type Value = string | number | boolean | null;

const fields: Record<string, (conversation: Conversation) => Value | string[]> = {
  id: ({ id }) => id,
  created_at: ({ created_at }) => created_at,
  updated_at: ({ updated_at }) => updated_at,
  'source.type': ({ source_type }) => source_type,
  'source.id': ({ parts }) => parts[0]?.id ?? null,
  'source.author.id': ({ parts }) => parts[0]?.author.id ?? null,
  'source.author.type': ({ parts }) => parts[0]?.author.type ?? null,
  contact_ids: ({ contact_ids }) => contact_ids,
  open: ({ open }) => open,
  read: ({ read: isRead }) => isRead,
  state: ({ open }) => (open ? 'open' : 'closed'),
  admin_assignee_id: ({ admin_assignee_id }) => admin_assignee_id,
};

/** Answers the latest first. Throws Intercom's 400s. */
export function searchConversations(world: World, body: unknown): Page<Conversation> {
  const search = read(searchSchema, body);
  return pageByCursor(world.conversations.all().filter(queryTest(search.query, filterTest)), {
    key: (conversation) => [conversation.updated_at, conversation.id],
    order: search.sort?.order === 'ascending' ? 'ascending' : 'descending',
    perPage: search.pagination?.per_page ?? 20,
    startingAfter: search.pagination?.starting_after,
  });
}

function filterTest({ field, operator, value }: Filter): (conversation: Conversation) => boolean {
  const readField = Object.entries(fields).find(([name]) => name === field)?.[1];
  if (!readField) throw invalid(`'${field}' is not a field that conversations can be searched by`, 'field');
  const wanted = [value].flat().map((item) => String(item ?? '').toLowerCase());
  return (conversation) => {
    const held = [readField(conversation)].flat().map((item) => String(item ?? '').toLowerCase());
    const [first = ''] = wanted;
    switch (operator) {
      case '=':
      case 'IN':
        return held.some((item) => wanted.includes(item));
      case '!=':
      case 'NIN':
        return !held.some((item) => wanted.includes(item));
      case '<':
      case '<=':
        return held.some((item) => Number(item) < Number(first) || (operator === '<=' && item === first));
      case '>':
      case '>=':
        return held.some((item) => Number(item) > Number(first) || (operator === '>=' && item === first));
      case '~':
        return held.some((item) => item.includes(first));
      case '!~':
        return !held.some((item) => item.includes(first));
      case '^':
        return held.some((item) => item.startsWith(first));
      case '$':
        return held.some((item) => item.endsWith(first));
    }
  };
}
