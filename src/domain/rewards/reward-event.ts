// What the company's own system is told of a reward, and what its answer says: https://www.standardwebhooks.com
import { z } from 'zod';
import { tidy } from '../identity.ts';
import type { RewardRecipient } from './reward.ts';

export const rewardEventTypes = { due: 'reward.due', test: 'reward.test' } as const;

export type RewardEvent = {
  type: (typeof rewardEventTypes)[keyof typeof rewardEventTypes];
  /** When it fell due or was approved: the same on every attempt. */
  timestamp: string;
  data: {
    id: string;
    referral_id: string;
    recipient: RewardRecipient;
    campaign: { id: string; name: string };
    person: {
      id: string;
      name: string | null;
      email: string | null;
      external_id: string | null;
      contact_id: string | null;
    };
    label: string;
    amount: string | null;
    currency: string | null;
  };
};

const noId = '00000000-0000-4000-8000-000000000000';

/** Invented, and of the same form as a real one. */
export function testEvent(at: Date): RewardEvent {
  return {
    type: rewardEventTypes.test,
    timestamp: at.toISOString(),
    data: {
      ...{ id: noId, referral_id: noId, recipient: 'referrer' },
      campaign: { id: noId, name: 'A test' },
      person: { id: noId, name: 'A Test', email: 'test@example.com', external_id: null, contact_id: null },
      ...{ label: 'A test: give nothing', amount: '0.00', currency: 'EUR' },
    },
  };
}

const answer = z.object({ reference: z.string().overwrite(tidy).min(1).max(200) });

/** The receipt in the answer's JSON; null when there is none that can be used. */
export function eventReferenceIn(text: string): string | null {
  try {
    const { reference } = answer.parse(JSON.parse(text));
    return reference.includes('\0') || !reference.isWellFormed() ? null : reference;
  } catch {
    return null;
  }
}
