// Changes that the company's backend asks for of referrals on an outside platform: done by a run, as everybody's are.

import type { StatusChange } from '../../domain/platforms/platform.ts';
import type { Actor, Referral } from '../../domain/program/program.ts';
import { transition } from '../../domain/program/referral.ts';
import type { NewRun, RunState } from '../../domain/runs/run.ts';
import {
  attemptsFor,
  type CampaignSettings,
  type WorkspaceSettings,
} from '../../domain/workspace/settings.ts';
import { Failure } from '../../failure.ts';
import { refuseOutside } from './joining.ts';
import type { Program } from './program.ts';

export type OutsideChangeDeps = {
  program: Pick<Program, 'referral' | 'change'>;
  settings: {
    read(workspaceId: string): Promise<WorkspaceSettings>;
    ofCampaign(workspaceId: string, referralId: string): Promise<CampaignSettings>;
  };
  addRun(run: NewRun): Promise<void>;
  findRun(workspaceId: string, dedupe: string): Promise<{ state: RunState; error: string | null } | null>;
  newId(): string;
  wait(ms: number): Promise<void>;
};

const patienceMs = 5_000;
const lookEveryMs = 50;

/**
 * The program's `change`, for referrals of every platform. On an outside one it waits a moment for the run: what
 * takes longer goes on by itself, and the referral is answered as it still is. Rejects as the program's own does,
 * and with `bad-upstream` when the platform would not do it.
 */
export function createOutsideChange(deps: OutsideChangeDeps): Program['change'] {
  return async function change(workspaceId, referralId, wanted, by) {
    const referral = await deps.program.referral(workspaceId, referralId);
    if (referral.campaign.platform === 'built-in') {
      return deps.program.change(workspaceId, referralId, wanted, by);
    }
    // Rewards are settled where they are paid.
    if (wanted === 'issue-reward' || wanted === 'cancel-reward') refuseOutside(referral.campaign);
    else if (isNews(referral, wanted)) await request(workspaceId, referral, wanted, by);
    return deps.program.referral(workspaceId, referralId);
  };

  async function request(
    workspaceId: string,
    referral: Referral,
    change: StatusChange,
    { actor, reason }: { actor: Actor; reason: string | null },
  ): Promise<void> {
    const settings = await deps.settings.read(workspaceId);
    const ofCampaign = await deps.settings.ofCampaign(workspaceId, referral.id);
    const dedupe = `api:${deps.newId()}`;
    await deps.addRun({
      workspaceId,
      subject: referral.person.id,
      referralId: referral.id,
      contactId: referral.person.contactId,
      dedupe,
      work: {
        kind: 'change-status',
        referralId: referral.id,
        change,
        reason: reason ?? 'asked for by the API',
        actor,
        saleValue: null,
      },
      cause: `${actor.name ?? 'the API'} asked for it by the API`,
      mostAttempts: attemptsFor('change-status', settings, ofCampaign),
    });
    for (let waited = 0; waited < patienceMs; waited += lookEveryMs) {
      const run = await deps.findRun(workspaceId, dedupe);
      if (run?.state === 'done') return;
      if (run?.state === 'failed') {
        throw new Failure('bad-upstream', `It could not be done: ${run.error ?? 'no reason was given'}.`);
      }
      await deps.wait(lookEveryMs);
    }
  }
}

function isNews(referral: Referral, change: StatusChange): boolean {
  const next = transition(referral, change, referral.campaign.reward !== null);
  if (next.outcome === 'refused') {
    throw new Failure('conflict', `${next.why.charAt(0).toUpperCase()}${next.why.slice(1)}.`);
  }
  return next.outcome === 'changed';
}
