// A change of a referral that a teammate asks for, on the card or in the console: allowed or not, capped, recorded as a run.
import type { Teammate } from '../../domain/contacts/contact.ts';
import { type PlatformName, type ReferralState, transition } from '../../domain/program/referral.ts';
import type { NewRun, RunState } from '../../domain/runs/run.ts';
import {
  attemptsFor,
  type CampaignSettings,
  type WorkspaceSettings,
} from '../../domain/workspace/settings.ts';

/** `reopen` is "Back to pending". */
export type TeammateChange = (typeof teammateChanges)[number];
export const teammateChanges = ['qualify', 'disqualify', 'reopen'] as const;

/** A referral with what a change of it needs. */
export type ChangeTarget = {
  workspaceId: string;
  timeZone: string;
  teammate: Pick<Teammate, 'name'>;
  /** Null where Intercom's contact of the person is not known. */
  contactId: string | null;
  personId: string;
  referral: ReferralState & { id: string; platform: PlatformName; campaignRewards: boolean };
};

export type RequestedRun = { state: RunState; error: string | null };

export type ChangeOutcome =
  | { outcome: 'done' }
  /** `why` as a sentence; nothing was changed, or it was tried and failed. */
  | { outcome: 'refused'; why: string }
  /** The reason that a disqualification needs is missing. */
  | { outcome: 'reason-missing' }
  /** Recorded, and not done yet: the platform is slow or away. */
  | { outcome: 'under-way'; trouble: string | null };

export type TeammateChangeDeps = {
  settings: {
    read(workspaceId: string): Promise<WorkspaceSettings>;
    ofCampaign(workspaceId: string, referralId: string): Promise<CampaignSettings>;
  };
  requests: {
    /** Counts and records in one transaction; the same nonce again is `known`. `day` is the workspace's own. */
    add(run: NewRun, cap: number, day: { at: Date; timeZone: string }): Promise<'added' | 'known' | 'capped'>;
    find(workspaceId: string, dedupe: string): Promise<RequestedRun | null>;
  };
  /** The platform's name when it cannot store what the change leads to. */
  cannotStore(platform: PlatformName, change: TeammateChange): string | null;
  now(): Date;
  patienceMs: number;
};

export type TeammateChanges = ReturnType<typeof createTeammateChanges>;

export function createTeammateChanges(deps: TeammateChangeDeps) {
  /** Those that the status allows and the workspace offers. */
  async function offered(workspaceId: string, referral: ChangeTarget['referral']): Promise<TeammateChange[]> {
    const { card_actions: settings } = await deps.settings.read(workspaceId);
    return teammateChanges.filter((change) => settings[change] && isPossible(referral, change));
  }

  /** Null when it may be asked for. */
  async function refusal(
    { workspaceId, referral }: Pick<ChangeTarget, 'workspaceId' | 'referral'>,
    change: TeammateChange,
  ): Promise<string | null> {
    const { card_actions: settings } = await deps.settings.read(workspaceId);
    if (!settings[change]) return 'Your workspace has switched this off.';
    return isPossible(referral, change) ? null : 'Its status has changed meanwhile. Nothing was changed.';
  }

  /** `nonce` was made when it was asked: the same button pressed twice is one change. `where` is "in the Inbox". */
  async function confirm(
    target: ChangeTarget,
    wanted: { change: TeammateChange; nonce: string; reason: string; where: string },
  ): Promise<ChangeOutcome> {
    const { workspaceId, timeZone, referral } = target;
    const dedupe = `card:${wanted.nonce}`;
    if (await deps.requests.find(workspaceId, dedupe)) return outcome(workspaceId, dedupe);
    const refused = await refusal(target, wanted.change);
    if (refused !== null) return { outcome: 'refused', why: refused };
    const reason = wanted.reason.trim().slice(0, 255);
    if (wanted.change === 'disqualify' && reason === '') return { outcome: 'reason-missing' };
    const settings = await deps.settings.read(workspaceId);
    const cap = settings.card_actions.daily_cap;
    const ofCampaign = await deps.settings.ofCampaign(workspaceId, referral.id);
    const attempts = attemptsFor('change-status', settings, ofCampaign);
    const run = runFor(target, { ...wanted, reason }, dedupe, attempts);
    const added = await deps.requests.add(run, cap, { at: deps.now(), timeZone });
    if (added === 'capped') {
      const why = `The limit of ${cap} changes a day by teammates is reached. Nothing was changed.`;
      return { outcome: 'refused', why };
    }
    return outcome(workspaceId, dedupe);
  }

  /** Waits a moment for the run; what takes longer goes on without the teammate. */
  async function outcome(workspaceId: string, dedupe: string): Promise<ChangeOutcome> {
    const deadline = Date.now() + deps.patienceMs;
    for (;;) {
      const run = await deps.requests.find(workspaceId, dedupe);
      if (run?.state === 'done') return { outcome: 'done' };
      if (run?.state === 'failed') {
        const why = `It could not be done: ${run.error ?? 'no reason was given'}. It can be retried in the run log.`;
        return { outcome: 'refused', why };
      }
      if (run?.state === 'canceled')
        return { outcome: 'refused', why: 'It was canceled. Nothing was changed.' };
      if (Date.now() >= deadline) return { outcome: 'under-way', trouble: run?.error ?? null };
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  return { offered, refusal, confirm, cannotStore: deps.cannotStore };
}

function isPossible(referral: ChangeTarget['referral'], change: TeammateChange): boolean {
  return transition(referral, change, referral.campaignRewards).outcome === 'changed';
}

function runFor(
  { workspaceId, teammate, contactId, referral, personId }: ChangeTarget,
  { change, reason, where }: { change: TeammateChange; reason: string; where: string },
  dedupe: string,
  mostAttempts: number,
): NewRun {
  return {
    workspaceId,
    subject: personId,
    referralId: referral.id,
    contactId,
    dedupe,
    work: {
      kind: 'change-status',
      referralId: referral.id,
      change,
      reason: reason === '' ? `by ${teammate.name} ${where}` : reason,
      actor: { kind: 'teammate', name: teammate.name },
      saleValue: null,
    },
    cause: `${teammate.name} pressed it ${where}`,
    mostAttempts,
  };
}
