// Qualify, Disqualify, Back to pending: the confirmation before the change, and its result.
import { inputIds } from '../action.ts';
import type { Button, Component } from '../components.ts';
import { input, text } from '../kit.ts';
import { back, header, muted, navigation, press, refresh } from '../parts.ts';
import { asTyped, lengths, safe } from '../text.ts';
import type { CardChange, ReferralSummary, Screen } from '../view.ts';
import { contactName, rewardWords } from '../words.ts';

const label: Record<CardChange, string> = {
  qualify: 'Qualify',
  disqualify: 'Disqualify',
  reopen: 'Back to pending',
};

export function actionButtons(referralId: string, actions: readonly CardChange[]): Button[] {
  return actions.map((change) => press(label[change], { do: 'ask-status', referralId, change }));
}

export function confirmStatus(shown: Screen<'confirm-status'>): Component[] {
  const { referral, change, reason, nonce } = shown;
  return [
    header(`${title[change]} ${contactName(shown.contact)}`),
    text(consequence(referral, change)),
    ...(shown.unsupportedBy === null ? [] : [muted(localOnly(shown.unsupportedBy))]),
    ...(change === 'disqualify' ? reasonField(reason) : []),
    press('Confirm', { do: 'confirm-status', referralId: referral.id, change, nonce }, 'primary'),
    ...navigation(back),
  ];
}

export function changingStatus({ contact, change, trouble }: Screen<'changing-status'>): Component[] {
  return [
    text(`${label[change]}: recorded for ${contactName(contact)}, and not done yet.`),
    muted(
      trouble === null
        ? 'It is being done. Refresh to see the outcome.'
        : `${safe(trouble, lengths.value, 'It could not be done yet')}. It is tried again by itself.`,
    ),
    ...navigation(refresh, back),
  ];
}

export function localOnly(platform: string): string {
  return `Kept here: ${safe(platform, 60, 'the referral platform')} cannot store it.`;
}

const title: Record<CardChange, string> = {
  qualify: 'Qualify',
  disqualify: 'Disqualify',
  reopen: 'Put back to pending:',
};

function consequence(referral: ReferralSummary, change: CardChange): string {
  const campaign = safe(referral.campaign);
  switch (change) {
    case 'qualify':
      return referral.reward.label === null
        ? `The referral in ${campaign} becomes qualified.`
        : `The referral in ${campaign} becomes qualified, and the reward due: ${safe(referral.reward.label, 80, 'the reward')}.`;
    case 'disqualify':
      return `The referral in ${campaign} becomes disqualified. ${rewardAfter(referral)}`;
    case 'reopen':
      return `The referral in ${campaign} becomes pending again, and rules may qualify it. ${rewardAfter(referral)}`;
  }
}

function rewardAfter({ reward }: ReferralSummary): string {
  if (reward.status === 'issued') return 'The reward was issued and stays so.';
  return reward.status === 'due'
    ? `The reward is no longer due (${rewardWords(reward)}).`
    : 'No reward is due.';
}

function reasonField({ value, problem }: { value: string; problem: string | null }): Component[] {
  return [
    input({
      id: inputIds.reason,
      label: 'Reason',
      placeholder: 'such as: order returned',
      value: asTyped(value),
      save_state: problem === null ? 'unsaved' : 'failed',
    }),
    ...(problem === null ? [] : [text(problem, { style: 'error' })]),
  ];
}
