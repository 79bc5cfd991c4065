// What a teammate may do to a referral from the card: qualify, disqualify, put back to pending; asked, capped, recorded.
import { inputIds } from '../../canvas/action.ts';
import type { CardChange, CardContact, InboxView, Notice, ReferralSummary } from '../../canvas/view.ts';
import type { Teammate } from '../domain/contact.ts';
import { type PlatformName, transition } from '../domain/referral.ts';
import type { NewRun, RunState } from '../domain/run.ts';
import { attemptsFor, type CampaignSettings, type WorkspaceSettings } from '../domain/settings.ts';
import type { StoredReferral } from './card-data.ts';

/** A referral of the contact whose card is open, with what a change of it needs. */
export type Target = {
  workspaceId: string;
  timeZone: string;
  teammate: Teammate;
  contact: CardContact;
  personId: string;
  stored: StoredReferral;
  shown: ReferralSummary;
};

export type RequestedRun = { state: RunState; error: string | null };

export type CardActionDeps = {
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
  cannotStore(platform: PlatformName, change: CardChange): string | null;
  now(): Date;
  newId(): string;
  patienceMs: number;
};

export type CardActions = ReturnType<typeof createCardActions>;

const changes: readonly CardChange[] = ['qualify', 'disqualify', 'reopen'];

export function createCardActions(deps: CardActionDeps) {
  /** Those that the status allows and the workspace offers. */
  async function offered(workspaceId: string, stored: StoredReferral): Promise<CardChange[]> {
    const { card_actions: settings } = await deps.settings.read(workspaceId);
    return changes.filter((change) => settings[change] && isPossible(stored, change));
  }

  async function ask(target: Target, change: string): Promise<InboxView | Notice> {
    const refused = await refusal(target, change);
    return refused ?? confirmView(target, change as CardChange, { value: '', problem: null });
  }

  /** Resolves with a screen, or with what to say above the referral once it was read again. */
  async function confirm(
    target: Target,
    wanted: { change: string; nonce: string },
    inputs: Record<string, string>,
  ): Promise<InboxView | Notice> {
    const dedupe = `card:${wanted.nonce}`;
    const earlier = await deps.requests.find(target.workspaceId, dedupe);
    const change = wanted.change as CardChange;
    if (earlier) return outcome(target, change, dedupe);
    const refused = await refusal(target, wanted.change);
    if (refused) return refused;
    const reason = (inputs[inputIds.reason] ?? '').trim().slice(0, 255);
    if (change === 'disqualify' && reason === '') {
      return confirmView(target, change, { value: reason, problem: 'Say why: the history keeps it.' });
    }
    const settings = await deps.settings.read(target.workspaceId);
    const cap = settings.card_actions.daily_cap;
    const ofCampaign = await deps.settings.ofCampaign(target.workspaceId, target.stored.id);
    const attempts = attemptsFor('change-status', settings, ofCampaign);
    const run = runFor(target, change, dedupe, reason, attempts);
    const added = await deps.requests.add(run, cap, { at: deps.now(), timeZone: target.timeZone });
    if (added === 'capped') {
      return problem(`The limit of ${cap} changes a day from the Inbox is reached. Nothing was changed.`);
    }
    return outcome(target, change, dedupe);
  }

  async function refusal(target: Target, change: string): Promise<Notice | null> {
    const known = changes.find((one) => one === change);
    if (known === undefined) return problem('That button was of an older card.');
    const { card_actions: settings } = await deps.settings.read(target.workspaceId);
    if (!settings[known]) return problem('Your workspace has switched this off.');
    return isPossible(target.stored, known)
      ? null
      : problem('Its status has changed meanwhile. Nothing was changed.');
  }

  function confirmView(
    target: Target,
    change: CardChange,
    reason: { value: string; problem: string | null },
  ): InboxView {
    const { contact, shown, stored } = target;
    const keptHereNot = deps.cannotStore(stored.platform, change);
    return {
      screen: 'confirm-status',
      contact,
      referral: shown,
      change,
      reason,
      nonce: deps.newId(),
      keptHereNot,
    };
  }

  /** Waits a moment for the run; what takes longer goes on without the teammate. */
  async function outcome(target: Target, change: CardChange, dedupe: string): Promise<InboxView | Notice> {
    const deadline = Date.now() + deps.patienceMs;
    for (;;) {
      const run = await deps.requests.find(target.workspaceId, dedupe);
      if (run?.state === 'done') return { tone: 'plain', text: doneWords[change] };
      if (run?.state === 'failed') {
        return problem(
          `It could not be done: ${run.error ?? 'no reason was given'}. It can be retried in the run log.`,
        );
      }
      if (run?.state === 'cancelled') return problem('It was cancelled. Nothing was changed.');
      if (Date.now() >= deadline) {
        return { screen: 'changing-status', contact: target.contact, change, trouble: run?.error ?? null };
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  return { offered, ask, confirm };
}

const doneWords: Record<CardChange, string> = {
  qualify: '✅ Qualified',
  disqualify: '✅ Disqualified',
  reopen: '✅ Back to pending',
};

const problem = (text: string): Notice => ({ tone: 'problem', text });

function isPossible(stored: StoredReferral, change: CardChange): boolean {
  const state = { status: stored.status, reward: stored.rewardStatus };
  return transition(state, change, stored.reward !== null).outcome === 'changed';
}

function runFor(
  target: Target,
  change: CardChange,
  dedupe: string,
  reason: string,
  mostAttempts: number,
): NewRun {
  const { workspaceId, teammate, contact, stored, personId } = target;
  return {
    workspaceId,
    subject: personId,
    referralId: stored.id,
    contactId: contact.id,
    dedupe,
    work: {
      kind: 'change-status',
      referralId: stored.id,
      change,
      reason: reason === '' ? `by ${teammate.name} in the Inbox` : reason,
      actor: { kind: 'teammate', name: teammate.name },
      saleValue: null,
    },
    cause: `${teammate.name} pressed it in the Inbox`,
    mostAttempts,
  };
}
