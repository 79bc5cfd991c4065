// A workspace's and a campaign's settings: every one has a default, so that nothing has to be set.
import { z } from 'zod';

/** How often a failing piece of work is tried in all. */
const attempts = z.int().min(1).max(5);

const attemptsByKind = z.strictObject({
  'change-status': attempts.optional(),
  'write-back': attempts.optional(),
  tag: attempts.optional(),
  event: attempts.optional(),
  note: attempts.optional(),
});

export type AttemptKind = keyof z.infer<typeof attemptsByKind>;

export const workspaceSettings = z.strictObject({
  card_actions: z
    .strictObject({
      qualify: z.boolean().default(true),
      disqualify: z.boolean().default(true),
      reopen: z.boolean().default(true),
      daily_cap: z
        .int()
        .min(0)
        .max(10_000)
        .default(100)
        .describe('For the whole workspace and all three actions.'),
    })
    .prefault({}),
  write_back: z
    .strictObject({
      attributes: z.boolean().default(true),
      tag: z.boolean().default(true),
      event: z.boolean().default(true),
    })
    .prefault({}),
  attempts: attemptsByKind.extend({ default: attempts.default(5) }).prefault({}),
});
export type WorkspaceSettings = z.infer<typeof workspaceSettings>;

export const campaignSettings = z.strictObject({
  expires_after_days: z
    .int()
    .min(1)
    .max(3_650)
    .optional()
    .describe('Pending referrals expire after so long.'),
  attempts: attemptsByKind.optional(),
});
export type CampaignSettings = z.infer<typeof campaignSettings>;

export const defaultSettings: WorkspaceSettings = workspaceSettings.parse({});

/** The campaign's own number, else the workspace's for this kind of work, else its default. */
export function attemptsFor(
  kind: AttemptKind,
  workspace: WorkspaceSettings,
  campaign: CampaignSettings | null,
): number {
  return campaign?.attempts?.[kind] ?? workspace.attempts[kind] ?? workspace.attempts.default;
}
