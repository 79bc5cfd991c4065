// Qualify, Disqualify, Back to pending: the confirmation before the change, and its result.
import { doubtWords } from '../../src/domain/program/doubt.ts';
import { inputIds } from '../action.ts';
import type { Button, Component } from '../components.ts';
import { input, text } from '../kit.ts';
import { cancel, done, header, muted, navigation, press, refresh } from '../parts.ts';
import { asTyped, lengths, safe } from '../text.ts';
import type { CardChange, ReferralSummary, Screen } from '../view.ts';
import { contactName, rewardWords } from '../words.ts';

const label: Record<CardChange, string> = {
  qualify: 'Qualify',
  disqualify: 'Disqualify',
  reopen: 'Back to pending',
};

const confirmLabel: Record<CardChange, string> = {
  qualify: 'Qualify referral',
  disqualify: 'Disqualify referral',
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
    ...(change === 'qualify' ? doubtNotice(referral) : []),
    ...(shown.unsupportedBy === null ? [] : [muted(localOnly(shown.unsupportedBy))]),
    ...reasonField(reason, change === 'disqualify'),
    press(confirmLabel[change], { do: 'confirm-status', referralId: referral.id, change, nonce }, 'primary'),
    ...navigation(cancel),
  ];
}

export function changingStatus({ contact, change, trouble }: Screen<'changing-status'>): Component[] {
  return [
    text(`${label[change]}: saved for ${contactName(contact)}.`),
    muted(
      trouble === null
        ? 'In progress. Refresh to see the result.'
        : `${safe(trouble, lengths.value, 'No answer yet')}. We keep trying.`,
    ),
    ...navigation(refresh, done),
  ];
}

export function localOnly(platform: string): string {
  return `Kept here: ${safe(platform, 60, 'the referral platform')} cannot store it.`;
}

/** Confirming is the decision on a doubt, so it shows before. */
function doubtNotice({ hints }: ReferralSummary): Component[] {
  const words = doubtWords(hints);
  return words === null ? [] : [text(`${words}. Qualify it only if it should still count.`)];
}

const title: Record<CardChange, string> = {
  qualify: 'Qualify',
  disqualify: 'Disqualify',
  reopen: 'Set back to pending:',
};

function consequence(referral: ReferralSummary, change: CardChange): string {
  const campaign = safe(referral.campaign);
  switch (change) {
    case 'qualify':
      return `The referral in ${campaign} becomes qualified${becomingDue(referral)}.`;
    case 'disqualify':
      return `The referral in ${campaign} becomes disqualified. ${rewardsAfter(referral)}`;
    case 'reopen':
      return `The referral in ${campaign} becomes pending again, and rules may qualify it. ${rewardsAfter(referral)}`;
  }
}

function becomingDue({ rewards }: ReferralSummary): string {
  const labels = rewards.flatMap(({ status, label }) =>
    status === 'none' && label !== null ? [safe(label, 80, 'the reward')] : [],
  );
  if (labels.length === 0) return '';
  return `, and the ${labels.length === 1 ? 'reward' : 'rewards'} due: ${labels.join('; ')}`;
}

function rewardsAfter({ rewards }: ReferralSummary): string {
  const words = rewards.flatMap((reward) => {
    if (reward.status === 'issued') return ['The reward was issued and stays issued.'];
    const isEnding = ['due', 'approved', 'failed'].includes(reward.status);
    return isEnding ? [`The reward is canceled (${rewardWords(reward)}).`] : [];
  });
  return words.length === 0 ? 'No reward is due.' : words.join(' ');
}

function reasonField(
  { value, problem }: { value: string; problem: string | null },
  isRequired: boolean,
): Component[] {
  return [
    input({
      id: inputIds.reason,
      label: isRequired ? 'Reason' : 'Reason (optional)',
      placeholder: isRequired ? 'such as: order returned' : 'such as: confirmed by phone',
      value: asTyped(value),
      save_state: problem === null ? 'unsaved' : 'failed',
    }),
    ...(problem === null ? [] : [text(problem, { style: 'error' })]),
  ];
}
