// A teammate's change of a referral, from card or console: checked, capped, recorded as a run.

import type { Context } from '../../context.ts';
import type { Teammate } from '../../domain/contacts/contact.ts';
import { type PlatformName, type ReferralState, transition } from '../../domain/program/referral.ts';
import { hasFailed } from '../../domain/runs/run.ts';
import { attemptsFor } from '../../domain/workspace/settings.ts';
import { findBlock } from '../../store/program/qualification-block.ts';
import { lockTrackedReferral } from '../../store/program/referral-status.ts';
import { countTeammateChanges, lockTeammateChanges } from '../../store/program/teammate-changes.ts';
import { linkPeople } from '../../store/qualification/contacts.ts';
import { findRunByKey } from '../../store/runs/run-log.ts';
import { campaignSettingsOf, readSettings } from '../../store/workspace/settings.ts';
import { waitForRun } from '../runs/wait-for-run.ts';
import { administratorsToAsk } from '../workspace/teammates.ts';
import { requestStatusChange, statusRun } from './change-status.ts';
import { allowDoubt } from './doubtful.ts';

/** `reopen` is "Back to pending". */
export type TeammateChange = (typeof teammateChanges)[number];
export const teammateChanges = ['qualify', 'disqualify', 'reopen'] as const;

export type ChangeTarget = {
  workspaceId: string;
  timeZone: string;
  teammate: Pick<Teammate, 'id' | 'name'>;
  /** Null when unknown. */
  contactId: string | null;
  personId: string;
  referral: ReferralState & { id: string; platform: PlatformName };
};

export type ChangeOutcome =
  | { outcome: 'done' }
  /** `why` is a sentence. Nothing changed, or the attempt failed. */
  | { outcome: 'refused'; why: string }
  /** A disqualification needs one. */
  | { outcome: 'reason-missing' }
  /** Recorded, but the platform is slow or down. */
  | { outcome: 'under-way'; trouble: string | null };

/** Each drawn button has one `nonce`, so that pressing it twice is one change. `where` is "in the Inbox". */
type Press = { change: TeammateChange; nonce: string; reason: string; where: string };

const patienceMs = 1_000;

/** Allowed by the status and the workspace; `refusalOfChange` says what else is in the way. */
export async function offeredChanges(
  ctx: Context,
  workspaceId: string,
  referral: ChangeTarget['referral'],
): Promise<TeammateChange[]> {
  const { card_actions: settings } = await readSettings(ctx.database.db, workspaceId);
  return teammateChanges.filter((change) => settings[change] && isPossible(referral, change));
}

/** Null when allowed. */
export async function refusalOfChange(
  ctx: Context,
  { workspaceId, timeZone, referral }: Pick<ChangeTarget, 'workspaceId' | 'timeZone' | 'referral'>,
  change: TeammateChange,
): Promise<string | null> {
  const { card_actions: settings } = await readSettings(ctx.database.db, workspaceId);
  if (!settings[change])
    return `This is switched off in your workspace. ${await administratorsToAsk(ctx, workspaceId)}`;
  if (!isPossible(referral, change)) return 'The status has changed since. Nothing was changed.';
  const block = change === 'qualify' ? await findBlock(ctx.database.db, workspaceId, referral.id) : null;
  // A teammate sees the hints before confirming, which decides the doubt.
  if (block !== null && block.code !== 'doubtful') return `${block.reason}. Nothing was changed.`;
  const used = await countTeammateChanges(ctx.database.db, workspaceId, { at: ctx.now(), timeZone });
  return used < settings.daily_cap ? null : limitReached(ctx, workspaceId, settings.daily_cap);
}

/** Also said before anything is typed. */
export async function limitReached(ctx: Context, workspaceId: string, cap: number): Promise<string> {
  const ask = await administratorsToAsk(ctx, workspaceId);
  return `The daily limit of ${cap} changes is reached. It resets at midnight. ${ask}`;
}

export async function confirmChange(
  ctx: Context,
  target: ChangeTarget,
  press: Press,
): Promise<ChangeOutcome> {
  const { workspaceId, referral } = target;
  const key = `card:${press.nonce}`;
  if (await findRunByKey(ctx.database.db, workspaceId, key)) return outcomeOf(ctx, workspaceId, key);
  const refused = await refusalOfChange(ctx, target, press.change);
  if (refused !== null) return { outcome: 'refused', why: refused };
  const reason = press.reason.trim().slice(0, 255);
  if (press.change === 'disqualify' && reason === '') return { outcome: 'reason-missing' };
  const settings = await readSettings(ctx.database.db, workspaceId);
  const ofCampaign = await campaignSettingsOf(ctx.database.db, workspaceId, referral.id);
  const attempts = attemptsFor('change-status', settings, ofCampaign);
  const cap = settings.card_actions.daily_cap;
  if (!(await recordChange(ctx, target, runFor(target, { ...press, reason }, key, attempts), cap))) {
    return { outcome: 'refused', why: await limitReached(ctx, workspaceId, cap) };
  }
  return outcomeOf(ctx, workspaceId, key);
}

/** Checks the cap in the same transaction. False when it is reached. */
function recordChange(
  ctx: Context,
  { workspaceId, timeZone, personId, contactId }: ChangeTarget,
  run: ReturnType<typeof statusRun>,
  cap: number,
): Promise<boolean> {
  return ctx.database.transaction(async (tx) => {
    await lockTeammateChanges(tx, workspaceId);
    const used = await countTeammateChanges(tx, workspaceId, { at: ctx.now(), timeZone });
    if (used >= cap) return (await findRunByKey(tx, workspaceId, run.deduplicationKey)) !== null;
    // The teammate saw that this contact is the person, so later writes go to it too.
    if (contactId) await linkPeople(tx, workspaceId, [personId], contactId);
    if (run.work.change === 'qualify' && run.work.actor.kind === 'teammate') {
      await lockTrackedReferral(tx, workspaceId, run.work.referralId);
      await allowDoubt(ctx, tx, workspaceId, run.work.referralId, run.work.actor);
    }
    await requestStatusChange(ctx, tx, run);
    return true;
  });
}

/** Waits briefly; the run continues without the teammate. */
async function outcomeOf(ctx: Context, workspaceId: string, key: string): Promise<ChangeOutcome> {
  const run = await waitForRun(ctx, workspaceId, key, patienceMs);
  if (run?.state === 'done') return { outcome: 'done' };
  if (run && hasFailed(run)) {
    const why = `The change failed: ${run.error ?? 'no reason was given'}. It can be retried in the run log.`;
    return { outcome: 'refused', why };
  }
  if (run?.state === 'canceled')
    return { outcome: 'refused', why: 'The change was canceled. Nothing was changed.' };
  return { outcome: 'under-way', trouble: run?.error ?? null };
}

function isPossible(referral: ChangeTarget['referral'], change: TeammateChange): boolean {
  return transition(referral, change, null).outcome === 'changed';
}

function runFor(
  { workspaceId, teammate, contactId, referral, personId }: ChangeTarget,
  { change, reason, where }: { change: TeammateChange; reason: string; where: string },
  deduplicationKey: string,
  maxAttempts: number,
) {
  const { id, name } = teammate;
  const why = reason === '' ? `by ${name} ${where}` : reason;
  const actor = { kind: 'teammate' as const, id, name };
  const run = { deduplicationKey, cause: `By ${name} ${where}`, maxAttempts };
  const changed = { workspaceId, referralId: referral.id, personId, contactId };
  return statusRun(changed, { change, reason: why, actor }, run);
}
