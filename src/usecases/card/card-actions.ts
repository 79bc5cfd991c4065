// What a teammate may do to a referral from the card: qualify, disqualify, put back to pending; asked first.
import { inputIds } from '../../../canvas/action.ts';
import type { CardChange, CardContact, InboxView, Notice, ReferralSummary } from '../../../canvas/view.ts';
import type { Teammate } from '../../domain/contacts/contact.ts';
import { type ChangeTarget, type TeammateChanges, teammateChanges } from '../program/teammate-change.ts';
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

export type CardActionDeps = { changes: TeammateChanges; newId(): string };

export type CardActions = ReturnType<typeof createCardActions>;

export function createCardActions({ changes, newId }: CardActionDeps) {
  const offered = (workspaceId: string, stored: StoredReferral): Promise<CardChange[]> =>
    changes.offered(workspaceId, changeable(stored));

  async function ask(target: Target, wanted: string): Promise<InboxView | Notice> {
    const change = known(wanted);
    if (change === null) return ofAnOlderCard;
    const refused = await changes.refusal(targetOf(target), change);
    return refused === null ? confirmView(target, change, { value: '', problem: null }) : problem(refused);
  }

  /** Resolves with a screen, or with what to say above the referral once it was read again. */
  async function confirm(
    target: Target,
    wanted: { change: string; nonce: string },
    inputs: Record<string, string>,
  ): Promise<InboxView | Notice> {
    const change = known(wanted.change);
    if (change === null) return ofAnOlderCard;
    const reason = inputs[inputIds.reason] ?? '';
    const asked = { change, nonce: wanted.nonce, reason, where: 'in the Inbox' };
    const result = await changes.confirm(targetOf(target), asked);
    switch (result.outcome) {
      case 'done':
        return { tone: 'plain', text: doneWords[change] };
      case 'refused':
        return problem(result.why);
      case 'reason-missing':
        return confirmView(target, change, { value: '', problem: 'Say why: the history keeps it.' });
      case 'under-way':
        return { screen: 'changing-status', contact: target.contact, change, trouble: result.trouble };
    }
  }

  function confirmView(
    target: Target,
    change: CardChange,
    reason: { value: string; problem: string | null },
  ): InboxView {
    const { contact, shown, stored } = target;
    const keptHereNot = changes.cannotStore(stored.platform, change);
    return {
      screen: 'confirm-status',
      contact,
      referral: shown,
      change,
      reason,
      nonce: newId(),
      keptHereNot,
    };
  }

  return { offered, ask, confirm };
}

const doneWords: Record<CardChange, string> = {
  qualify: '✅ Qualified',
  disqualify: '✅ Disqualified',
  reopen: '✅ Back to pending',
};

const problem = (text: string): Notice => ({ tone: 'problem', text });
const ofAnOlderCard = problem('That button was of an older card.');

const known = (change: string): CardChange | null => teammateChanges.find((one) => one === change) ?? null;

function targetOf({ contact, stored, ...rest }: Target): ChangeTarget {
  return { ...rest, contactId: contact.id, referral: changeable(stored) };
}

function changeable({
  id,
  platform,
  status,
  rewardStatus,
  reward,
}: StoredReferral): ChangeTarget['referral'] {
  return { id, platform, status, reward: rewardStatus, campaignRewards: reward !== null };
}
