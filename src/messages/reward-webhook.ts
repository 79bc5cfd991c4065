// Events about rewards to the company's own system, signed as Standard Webhooks say.
import { Webhook } from 'standardwebhooks';
import type { RewardEvent } from '../domain/rewards/reward-event.ts';
import type { createPost, PostAccepted } from './post.ts';

export type SignedEvent = {
  url: string;
  /** Base64 with the prefix `whsec_`. Each signs: while a secret is replaced, either verifies. */
  secrets: readonly string[];
  /** The same on every attempt, so that the receiver can drop what it has already. */
  id: string;
  event: RewardEvent;
  at: Date;
};

/**
 * Rejects as `createPost` says:
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function createRewardWebhook(post: ReturnType<typeof createPost>) {
  return ({ url, secrets, id, event, at }: SignedEvent): Promise<PostAccepted> => {
    const body = JSON.stringify(event);
    const headers = {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
      'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, at, body)).join(' '),
    };
    return post({ url, body, headers, receiver: 'Your system' });
  };
}
