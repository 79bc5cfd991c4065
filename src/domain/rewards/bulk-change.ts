// A change of all rewards that a filter shows: its states, and the result for each reward.

import { rewardChanges } from './reward.ts';

/** `send`: to the reward webhook. */
export const bulkActs = [...rewardChanges, 'send'] as const;
export type BulkAct = (typeof bulkActs)[number];

/** It is checked first, and `ready` to be confirmed. */
export type BulkState = 'checking' | 'ready' | 'running' | 'done' | 'failed' | 'canceled';

/** `change` will be changed, `changed` is. */
export type BulkOutcome = 'change' | 'changed' | 'unchanged' | 'refused';

/** More in one go would keep a teammate waiting for its preview. */
export const maxInBulk = 100_000;
