// Messages to chat channels by incoming webhooks, as Slack and those that are compatible with it take them.
import type { createPost } from './post.ts';

/** Rejects as `createPost` says: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks. */
export function createChat(post: ReturnType<typeof createPost>) {
  return async (url: string, text: string): Promise<void> => {
    await post({ url, body: JSON.stringify({ text: escaped(text) }), receiver: 'The channel' });
  };
}

/** Slack's control characters: https://docs.slack.dev/messaging/formatting-message-text/#escaping */
const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
