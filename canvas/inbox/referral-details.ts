// Behind "More": a referral with its history, or a referrer with their latest referrals.
import type { HistoryEntry } from '../../src/domain/program/program.ts';
import { referralStatus, statusWords } from '../../src/domain/program/referral.ts';
import type { Outlook } from '../../src/domain/qualification/outlook.ts';
import { rewardCounts, totalOf } from '../../src/domain/rewards/reward-counts.ts';
import type { ShownReward } from '../../src/domain/rewards/shown-reward.ts';
import type { Component } from '../components.ts';
import { day, moment } from '../dates.ts';
import { dataTable, text } from '../kit.ts';
import {
  cancel,
  done,
  header,
  invite,
  muted,
  navigation,
  noticeLine,
  openIfWeb,
  press,
  tight,
} from '../parts.ts';
import { lengths, safe } from '../text.ts';
import type { ReferralSummary, ReferrerSummary, Screen } from '../view.ts';
import {
  actorWords,
  contactName,
  count,
  eventWords,
  matchedByWords,
  rewardNames,
  rewardRows,
  rewardSince,
  sourceWord,
} from '../words.ts';
import { campaignName, doubtLine, referredBy, sendCard, shareLink } from './referral-card.ts';
import { actionButtons, localOnly } from './status-change.ts';

const maxEntries = 10;
/** A status and its rewards are written in one transaction. */
const sameActMs = 1_000;
const maxRules = 5;
const maxConditions = 12;
/** In graphemes, of everything that a referral needs. */
const longSentence = 600;

export function referral(screen: Screen<'referral'>): Component[] {
  const { referral: shown, history, matchedBy, clock, actions, invitable, notice } = screen;
  const { timeZone } = clock;
  return [
    header(campaignName(shown)),
    ...noticeLine(notice),
    text(referredBy(shown)),
    dataTable([
      ['Status', statusWords[shown.status]],
      ['Since', day(shown.statusAt, timeZone)],
      ['Joined', day(shown.joinedAt, timeZone)],
      ['Source', sourceWord[shown.source]],
      ...rewardRows(shown.rewards),
    ]),
    ...shown.rewards.flatMap((reward) => rewardLine(reward, timeZone)),
    ...doubtLine(shown),
    ...outlookLines(shown),
    ...(shown.reason === null || shown.outlook !== null
      ? []
      : [text(`Reason: ${safe(shown.reason, lengths.value, 'none given')}`)]),
    ...(shown.unsupportedBy === null ? [] : [muted(localOnly(shown.unsupportedBy))]),
    press('Answer for the customer', { do: 'show-answer', referralId: shown.id }),
    ...(shown.status === 'qualified'
      ? []
      : [press('Why no credit?', { do: 'show-no-credit', referralId: shown.id })]),
    ...(invitable ? [invite()] : []),
    ...actionButtons(shown.id, actions),
    ...historyLines(history, timeZone),
    muted(`${matchedByWords(matchedBy)}. As of ${moment(clock.asOf, timeZone)}.`),
    ...navigation(
      ...unlinkButtons(screen),
      ...openIfWeb('Open in referral platform', shown.platformUrl),
      done,
    ),
  ];
}

/** "Referrer reward: issued Nov 12, 2026 by Aoife Brennan, Transfer 88", "Friend reward: none. The referral is expired." */
function rewardLine({ recipient, status, since, by, note }: ShownReward, timeZone: string): Component[] {
  const name = rewardNames[recipient];
  const why = note === null ? null : safe(note, 120, 'no reason given');
  if (since === null) return why === null ? [] : [muted(`${name}: ${status}. ${why}`)];
  const who = by === null ? '' : ` by ${safe(by, lengths.short, 'a teammate')}`;
  return [muted(`${name}: ${rewardSince(status, since, timeZone)}${who}${why === null ? '' : `, ${why}`}`)];
}

/** The whole sentence, then each rule with its conditions, missing ones first. */
function outlookLines({ outlook }: ReferralSummary): Component[] {
  if (outlook === null) return [];
  const [sentence = ''] = outlook.versions;
  const { rules } = outlook;
  const isSaid = rules.length === 1 && rules[0]?.conditions.length === 1;
  return [
    text(safe(sentence, longSentence, 'No rule applies.')),
    ...(isSaid ? [] : rules.slice(0, maxRules).flatMap(ruleLines)),
    ...(rules.length > maxRules ? [muted(`${count(rules.length - maxRules, 'more rule')}.`)] : []),
  ];
}

function ruleLines({ name, effect, conditions }: Outlook['rules'][number]): Component[] {
  const rest = conditions.length - maxConditions;
  return [
    tight(`**${safe(name, lengths.short, 'Rule')}** ${effect} by:`),
    ...conditions
      .slice(0, maxConditions)
      .map(({ wanted, seen, met }) =>
        met
          ? tight(`✓ ${safe(wanted, lengths.value, 'a condition')}`, 'muted')
          : tight(
              `✗ ${safe(wanted, lengths.value, 'a condition')} (${safe(seen, lengths.value, 'unknown')})`,
            ),
      ),
    ...(rest > 0 ? [muted(`${count(rest, 'more condition')}.`)] : []),
  ];
}

function unlinkButtons({
  referral: { id: referralId },
  unlinkable,
  unlinkableReferrer,
  undoableCredit,
}: Screen<'referral'>) {
  return [
    ...(undoableCredit ? [press('Undo credit', { do: 'ask-undo-credit', referralId }, 'link')] : []),
    ...(unlinkable ? [press('Not this person', { do: 'ask-unlink', referralId }, 'link')] : []),
    ...(unlinkableReferrer
      ? [press('Not the referrer', { do: 'ask-unlink-referrer', referralId }, 'link')]
      : []),
  ];
}

export function confirmUnlink({ contact, person, referralId, who }: Screen<'confirm-unlink'>): Component[] {
  const personName = safe(person.name, 40, safe(person.externalId, 40, 'the linked person'));
  const isFriend = who === 'friend';
  return [
    header(isFriend ? 'Not this person?' : 'Not the referrer?'),
    text(`${personName} is linked to ${contactName(contact)}. Confirm that they are different people.`),
    text('The referrals leave this card and stay with the person.'),
    press(
      isFriend ? 'Unlink this person' : 'Unlink the referrer',
      { do: isFriend ? 'confirm-unlink' : 'confirm-unlink-referrer', referralId },
      'primary',
    ),
    ...navigation(cancel),
  ];
}

export function referrer({ referrer: shown, clock, wasReferred }: Screen<'referrer'>): Component[] {
  const { timeZone } = clock;
  return [
    header(`Referrer in ${campaignName(shown)}`),
    tight('Share link'),
    text(shareLink(shown)),
    dataTable([
      ['Joined', day(shown.joinedAt, timeZone)],
      ['Referred', String(totalOf(shown.referrals))],
      ...referralStatus.options.map((status): [string, string] => [
        statusWords[status],
        String(shown.referrals[status] ?? 0),
      ]),
    ]),
    text(`${rewardCounts(shown.rewards)}.`),
    ...latestLines(shown, timeZone),
    sendCard(shown),
    press('Answer for the customer', { do: 'show-referrer-answer', referrerId: shown.id }),
    ...(wasReferred ? [] : [press('Why no credit?', { do: 'show-not-referred' })]),
    muted(`As of ${moment(clock.asOf, timeZone)}.`),
    ...navigation(...openIfWeb('Open in referral platform', shown.platformUrl), done),
  ];
}

function historyLines(history: readonly HistoryEntry[], timeZone: string): Component[] {
  if (history.length === 0) return [muted('No history yet.')];
  const newestFirst = history.toSorted((first, second) => second.at.getTime() - first.at.getTime());
  const acts = actsOf(newestFirst);
  const earlier = acts.length - maxEntries;
  return [
    header('History'),
    ...acts.slice(0, maxEntries).flatMap((act) => actLines(act, timeZone)),
    ...(earlier > 0 ? [muted(`${count(earlier, 'earlier entry', 'earlier entries')} not shown.`)] : []),
  ];
}

/** A change of status and what it did to the rewards are one act, and one line. */
function actsOf(newestFirst: readonly HistoryEntry[]): HistoryEntry[][] {
  const acts: HistoryEntry[][] = [];
  for (const entry of newestFirst) {
    const act = acts.at(-1);
    const after = act?.[0];
    const isSame = after && after.actor.kind === entry.actor.kind && after.actor.name === entry.actor.name;
    const ofRewards = act?.every(({ what }) => what === 'reward' || what === 'friend_reward');
    const isClose = after && after.at.getTime() - entry.at.getTime() <= sameActMs;
    if (act && isSame && ofRewards && isClose && entry.what !== 'joined') act.unshift(entry);
    else acts.push([entry]);
  }
  return acts;
}

function actLines(act: readonly HistoryEntry[], timeZone: string): Component[] {
  const main = act.find(({ what }) => what === 'status') ?? act[0];
  if (main === undefined) return [];
  const others = act.filter((entry) => entry !== main).map(eventWords);
  const by = safe(main.actor.name, lengths.short, actorWords[main.actor.kind]);
  const why = reasonBeyondActor(main);
  const words = [`**${eventWords(main)}** by ${by}`, ...others].join('. ');
  return [
    tight(words),
    muted(
      `${moment(main.at, timeZone)}${why === null ? '' : `: ${safe(why, lengths.notice + 20, 'no reason given')}`}`,
    ),
  ];
}

/** Stored reasons also name the actor, which the line already does. */
function reasonBeyondActor({ reason, actor }: HistoryEntry): string | null {
  if (reason === null) return null;
  if (actor.kind === 'teammate' && actor.name !== null && reason.startsWith(`by ${actor.name} `)) return null;
  if (actor.kind !== 'rule') return reason;
  return reason.replace(/^(?:Qualified|Disqualified) by rule .*? on \w+ \d+, \d{4}: /s, '');
}

function latestLines({ latest, referrals }: ReferrerSummary, timeZone: string): Component[] {
  if (latest.length === 0) return [muted('No referrals yet.')];
  const rest = totalOf(referrals) - latest.length;
  return [
    header('Latest referrals'),
    dataTable(
      latest.map((referred) => [
        safe(referred.name),
        `${statusWords[referred.status]}, ${day(referred.joinedAt, timeZone)}`,
      ]),
    ),
    ...(rest > 0 ? [muted(`${rest} more`)] : []),
  ];
}
