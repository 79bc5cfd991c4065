// A workspace's and a campaign's settings: every setting has a default, so that none is required.
import { z } from 'zod';
import { answerTemplates } from '../card/customer-answer.ts';
import { enrollmentSettings } from '../enrollment/enrollment.ts';
import { readEmail } from '../identity.ts';
import { applyPatch, patchOf } from '../merge-patch.ts';
import { type WorkKind, workKindNames } from '../runs/run.ts';

const attempts = z.int().min(1).max(5);

const attemptsByKind = z.strictObject(
  Object.fromEntries(workKindNames.map((kind) => [kind, attempts.optional()])) as Record<
    WorkKind,
    z.ZodOptional<typeof attempts>
  >,
);

const dailyCap = z
  .int()
  .min(0)
  .max(10_000)
  .describe('Changes per day from the card, for all teammates and all three kinds together.');

const expiresAfterDays = z.int().min(1).max(3_650).describe('Days after which a pending referral expires.');

const holdDoubtful = z
  .boolean()
  .describe('Referrals that look like the referrer are held for review before they qualify.');

const emailOf = (text: string) => {
  const read = readEmail(text);
  return 'value' in read ? read.value : null;
};
const teammateEmail = z
  .string()
  .max(320)
  .overwrite((text) => emailOf(text) ?? text)
  .refine((text) => emailOf(text) !== null, 'must be an email address');

export const workspaceSettings = z.strictObject({
  card_actions: z
    .strictObject({
      qualify: z.boolean().default(true),
      disqualify: z.boolean().default(true),
      reopen: z.boolean().default(true),
      daily_cap: dailyCap.default(100),
      allowed: z
        .enum(['everybody', 'listed', 'nobody'])
        .default('everybody')
        .describe('Who can make changes from the card. Viewers of the console never can.'),
      allowed_emails: z
        .array(teammateEmail)
        .max(500)
        .default([])
        .describe('Emails of the teammates who can, when `allowed` is `listed`.'),
    })
    .prefault({})
    .describe('What teammates can do from the card, and the daily limit.'),
  answers: answerTemplates
    .prefault({})
    .describe('Ready sentences that the card shows under "Answer for the customer".'),
  assistants: z
    .strictObject({
      write: z.boolean().default(false),
      daily_limit: z.int().min(0).max(1_000).default(25),
    })
    .prefault({})
    .describe(
      'Whether AI assistants may change something through MCP, and how often in a day, all together.',
    ),
  write_back: z
    .strictObject({
      attributes: z.boolean().default(true),
      tag: z.boolean().default(true),
      event: z.boolean().default(true),
    })
    .prefault({})
    .describe('What Referral Desk writes to Intercom.'),
  attempts: attemptsByKind
    .extend({ default: attempts.default(5) })
    .prefault({})
    .describe('Attempts for each kind of run.'),
  muted_failures: z
    .array(z.enum(workKindNames))
    .max(workKindNames.length)
    .default([])
    .describe('Kinds of runs that are dismissed when they fail: Home and alerts do not count them.'),
  hold_doubtful: holdDoubtful.default(false),
  messenger: z
    .strictObject({
      enabled: z.boolean().default(true).describe('Whether cards in the Messenger show anything.'),
      require_user_token: z
        .boolean()
        .default(false)
        .describe('People see their own data only with a fresh user token that your server signed.'),
    })
    .prefault({})
    .describe('What end users see in the Messenger.'),
  fin: z
    .strictObject({
      require_user_token: z
        .boolean()
        .default(false)
        .describe('Fin gets personal data only with a user token that your server signed.'),
      one_time_passcode: z
        .boolean()
        .default(false)
        .describe(
          "Fin's one-time passcode is on for the connectors: the email that it sends is proven, and names the person.",
        ),
      resend_link: z.boolean().default(false).describe('Fin may have a share link sent again.'),
      report_missing: z
        .boolean()
        .default(false)
        .describe('Fin may report a missing referral, which opens a review.'),
    })
    .prefault({})
    .describe('Which personal data Fin can share, and what it can do.'),
});
export type WorkspaceSettings = z.infer<typeof workspaceSettings>;

export const campaignSettings = z.strictObject({
  expires_after_days: expiresAfterDays.optional(),
  enrollment: enrollmentSettings.prefault({}).describe('What happens in Intercom when a person joins.'),
  attempts: attemptsByKind.optional(),
  hold_doubtful: holdDoubtful.optional(),
});
export type CampaignSettings = z.infer<typeof campaignSettings>;

export const defaultSettings: WorkspaceSettings = workspaceSettings.parse({});
export const defaultCampaignSettings: CampaignSettings = campaignSettings.parse({});

/** The campaign's own number, else the workspace's for this kind of work, else its default. */
export function attemptsFor(
  kind: WorkKind,
  workspace: WorkspaceSettings,
  campaign: CampaignSettings | null,
): number {
  return campaign?.attempts?.[kind] ?? workspace.attempts[kind] ?? workspace.attempts.default;
}

export const workspaceChanges = patchOf(workspaceSettings);
export type WorkspaceChanges = z.infer<typeof workspaceChanges>;

export const campaignChanges = patchOf(campaignSettings);
export type CampaignChanges = z.infer<typeof campaignChanges>;

export function changedWorkspace(present: WorkspaceSettings, changes: WorkspaceChanges): WorkspaceSettings {
  return workspaceSettings.parse(applyPatch(present, changes));
}

export function changedCampaign(present: CampaignSettings, changes: CampaignChanges): CampaignSettings {
  return campaignSettings.parse(applyPatch(present, changes));
}
