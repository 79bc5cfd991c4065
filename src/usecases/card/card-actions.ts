// A teammate's actions on a referral from the card: qualify, disqualify, reopen, each after a confirmation.
import { inputIds } from '../../../canvas/action.ts';
import type { CardChange, CardContact, InboxView, Notice, ReferralSummary } from '../../../canvas/view.ts';
import type { Context } from '../../context.ts';
import type { Teammate } from '../../domain/contacts/contact.ts';
import { unsupportedBy } from '../../domain/platforms/platform.ts';
import type { StoredReferral } from '../../store/card/cards.ts';
import {
  type ChangeTarget,
  confirmChange,
  offeredChanges,
  refusalOfChange,
  teammateChanges,
} from '../program/teammate-change.ts';

export type Target = {
  workspaceId: string;
  timeZone: string;
  teammate: Teammate;
  contact: CardContact;
  personId: string;
  stored: StoredReferral;
  shown: ReferralSummary;
};

export function offeredStatusChanges(
  ctx: Context,
  workspaceId: string,
  stored: StoredReferral,
): Promise<CardChange[]> {
  return offeredChanges(ctx, workspaceId, changeable(stored));
}

export async function askStatusChange(
  ctx: Context,
  target: Target,
  name: string,
): Promise<InboxView | Notice> {
  const change = changeNamed(name);
  if (change === null) return olderCard;
  const refused = await refusalOfChange(ctx, targetOf(target), change);
  return refused === null ? confirmView(ctx, target, change, null) : problem(refused);
}

/** Returns a screen, or a notice to show above the updated referral. */
export async function confirmStatusChange(
  ctx: Context,
  target: Target,
  { change: name, nonce }: { change: string; nonce: string },
  inputs: Record<string, string>,
): Promise<InboxView | Notice> {
  const change = changeNamed(name);
  if (change === null) return olderCard;
  const reason = inputs[inputIds.reason] ?? '';
  const press = { change, nonce, reason, where: 'in the Inbox' };
  const result = await confirmChange(ctx, targetOf(target), press);
  switch (result.outcome) {
    case 'done':
      return { tone: 'plain', text: doneWords[change] };
    case 'refused':
      return problem(result.why);
    case 'reason-missing':
      return confirmView(ctx, target, change, 'Enter a reason. It is kept in the history.');
    case 'under-way':
      return { screen: 'changing-status', contact: target.contact, change, trouble: result.trouble };
  }
}

function confirmView(
  ctx: Context,
  { contact, shown: referral, stored }: Target,
  change: CardChange,
  reasonProblem: string | null,
): InboxView {
  return {
    screen: 'confirm-status',
    contact,
    referral,
    change,
    reason: { value: '', problem: reasonProblem },
    nonce: ctx.newId(),
    unsupportedBy: unsupportedBy(stored.platform, change),
  };
}

const doneWords: Record<CardChange, string> = {
  qualify: '✅ Qualified',
  disqualify: '✅ Disqualified',
  reopen: '✅ Back to pending',
};

const problem = (text: string): Notice => ({ tone: 'problem', text });
const olderCard = problem('The card has changed.');

const changeNamed = (name: string): CardChange | null =>
  teammateChanges.find((change) => change === name) ?? null;

function targetOf({ contact, stored, ...rest }: Target): ChangeTarget {
  return { ...rest, contactId: contact.id, referral: changeable(stored) };
}

function changeable({ id, platform, status }: StoredReferral): ChangeTarget['referral'] {
  return { id, platform, status };
}
