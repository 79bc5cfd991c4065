// Every kind of work that is done later: a union, and the schema that reads it back from the queue.
import { z } from 'zod';
import { pageWorkNames } from '../domain/page-work.ts';
import { platformName } from '../domain/program/referral.ts';

const hint = z.union([
  z.object({ id: z.string() }),
  z.object({ code: z.string() }),
  z.object({ email: z.string(), campaignId: z.string() }),
]);
const place = { workspaceId: z.string(), platform: platformName };

export const job = z.discriminatedUnion('name', [
  /** Finishes a conversion whose process died, or whose outcome Intercom did not tell. */
  z.object({ name: z.literal('settle-conversion'), workspaceId: z.string(), conversionId: z.string() }),
  /** Finds out what new notifications mean, and does it. */
  z.object({
    name: z.literal('handle-deliveries'),
    workspaceId: z.string(),
    deliveryIds: z.array(z.number()),
  }),
  /** Takes a batch of contacts up for a turn. */
  z.object({ name: z.literal('work-batch'), workspaceId: z.string(), batchId: z.string() }),
  /** Does the runs of one subject that are due, in their order. */
  z.object({ name: z.literal('work-runs'), workspaceId: z.string(), subject: z.string() }),
  /** The same for what is told to Intercom, by workers of its own: thousands of words for it hold up no qualification. */
  z.object({ name: z.literal('tell-intercom'), workspaceId: z.string(), subject: z.string() }),
  /** Plans those who waited for the settings of a campaign. */
  z.object({ name: z.literal('plan-enrollments'), workspaceId: z.string(), campaignId: z.string() }),
  /** Reads the contacts that a rule is about, so that their first change is seen. */
  z.object({ name: z.literal('read-contacts'), workspaceId: z.string(), ruleId: z.string() }),
  /** Reads a contact that somebody has come to be linked to, for the same reason. */
  z.object({ name: z.literal('read-contact'), workspaceId: z.string(), contactId: z.string() }),
  /** Reads from an outside platform again whom a hook of its spoke of. */
  z.object({ name: z.literal('read-member'), ...place, hint }),
  /** Goes on comparing what is copied from an outside platform with what is there. */
  z.object({ name: z.literal('reconcile'), ...place }),
  /** Goes on with what takes many pages: one that is recorded with its place in them. */
  z.object({
    name: z.literal('work-in-pages'),
    what: z.enum(pageWorkNames),
    workspaceId: z.string(),
    id: z.string(),
  }),
]);

export type Job = z.infer<typeof job>;

export const jobNames = job.options.map((option) => option.shape.name.value);

/** Jobs of the same answer are as well done as one: the deliveries of a workspace. Null for a job that is done alone. */
export function sharedWith(work: Job): string | null {
  return work.name === 'handle-deliveries' ? work.workspaceId : null;
}

/** What `sharedWith` put together, as one job; null for none. */
export function asOne([first, ...others]: readonly Job[]): Job | null {
  if (first?.name !== 'handle-deliveries') return first ?? null;
  const deliveryIds = [first, ...others].flatMap((one) => (one.name === first.name ? one.deliveryIds : []));
  return { ...first, deliveryIds: [...new Set(deliveryIds)].toSorted((a, b) => a - b) };
}
