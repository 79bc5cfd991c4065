// Plans writes of a referral's state to Intercom: attributes, a tag, an event; each can be turned off.
import type { Context } from '../../context.ts';
import { type NewRun, subjectInIntercom, type Work } from '../../domain/runs/run.ts';
import { qualifiedEvent, referredTag } from '../../domain/runs/write-back.ts';
import {
  attemptsFor,
  type CampaignSettings,
  type WorkspaceSettings,
} from '../../domain/workspace/settings.ts';
import type { Tx } from '../../store/database.ts';
import { gathered } from '../../store/gathered-writes.ts';
import { findReferralStates, type WrittenReferral } from '../../store/runs/write-back.ts';
import { readSettings } from '../../store/workspace/settings.ts';
import { planRun, planRuns } from './plan-run.ts';

/** Call it in the transaction that changed the referrals. */
export function planWriteBacks(ctx: Context, tx: Tx, workspaceId: string, referralIds: readonly string[]) {
  return planAll(
    tx,
    referralIds.map((referralId) => ({ ctx, workspaceId, referralId })),
  );
}

export const planWriteBack = (ctx: Context, tx: Tx, workspaceId: string, referralId: string) =>
  planWriteBacks(ctx, tx, workspaceId, [referralId]);

type Changed = { ctx: Context; workspaceId: string; referralId: string };

/** Runs at the end of a transaction that gathers its writes, so that Intercom gets the final state. */
const planAll = gathered(
  async (tx: Tx, changed: readonly Changed[]) => {
    for (const [workspaceId, [first, ...others]] of Map.groupBy(changed, (each) => each.workspaceId)) {
      if (!first) continue;
      const ids = [...new Set([first, ...others].map(({ referralId }) => referralId))];
      const states = await findReferralStates(tx, workspaceId, ids);
      const settings = await readSettings(tx, workspaceId);
      const runs = states.flatMap((referral) => runsFor(workspaceId, referral, settings));
      await planRuns(first.ctx, tx, workspaceId, runs);
    }
  },
  { last: true },
);

export type Share = {
  referrerId: string;
  personId: string;
  contactId: string;
  campaign: { name: string; settings: CampaignSettings };
};

/** For a new referrer, with a new share link. */
export async function planShareWriteBack(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  { referrerId, personId, contactId, campaign }: Share,
): Promise<void> {
  const settings = await readSettings(tx, workspaceId);
  if (!settings.write_back.attributes) return;
  await planRun(ctx, tx, {
    workspaceId,
    subject: subjectInIntercom(personId),
    contactId,
    deduplicationKey: `write-back:referrer:${referrerId}:${contactId}`,
    work: { kind: 'write-back', contactId },
    cause: `${campaign.name}: refers`,
    maxAttempts: attemptsFor('write-back', settings, campaign.settings),
  });
}

function runsFor(
  workspaceId: string,
  {
    referralId,
    referred,
    referrer,
    status,
    statusAt,
    round,
    change,
    campaign,
    campaignSettings,
  }: WrittenReferral,
  settings: WorkspaceSettings,
): NewRun[] {
  /** Empty without a known contact. */
  const runFor = (
    person: { personId: string; contactId: string | null } | null,
    plan: (contactId: string) => { deduplicationKey: string; work: Work },
  ): NewRun[] => {
    if (!person?.contactId) return [];
    const { contactId, personId } = person;
    const planned = plan(contactId);
    const maxAttempts = attemptsFor(planned.work.kind, settings, campaignSettings);
    const about = { workspaceId, subject: subjectInIntercom(personId), referralId, contactId };
    return [{ ...about, ...planned, cause: `${campaign}: ${status}`, maxAttempts }];
  };
  const attributes = (contactId: string) => ({
    deduplicationKey: `write-back:${referralId}:${change}:${contactId}`,
    work: { kind: 'write-back' as const, contactId },
  });
  const tag = (contactId: string) => ({
    deduplicationKey: `tag:${referredTag}:${contactId}`,
    work: { kind: 'tag' as const, contactId, tag: referredTag },
  });
  const event = (contactId: string) => ({
    deduplicationKey: `event:${referralId}:${round}`,
    work: { kind: 'event' as const, contactId, referralId, name: qualifiedEvent, at: statusAt.toISOString() },
  });
  const writeBack = settings.write_back;
  return [
    ...(writeBack.attributes ? [...runFor(referred, attributes), ...runFor(referrer, attributes)] : []),
    ...(writeBack.tag ? runFor(referred, tag) : []),
    ...(writeBack.event && status === 'qualified' ? runFor(referred, event) : []),
  ];
}
