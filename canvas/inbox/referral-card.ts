// The card itself: a referred contact, a referrer, or both, within the 400 px that Intercom's review allows.
import { doubtWords } from '../../src/domain/program/doubt.ts';
import { statusWords } from '../../src/domain/program/referral.ts';
import type { Outlook } from '../../src/domain/qualification/outlook.ts';
import { rewardCounts, totalOf } from '../../src/domain/rewards/reward-counts.ts';
import type { ShownReward } from '../../src/domain/rewards/shown-reward.ts';
import { encodeAction } from '../action.ts';
import type { Button, Component, Item } from '../components.ts';
import { day, moment } from '../dates.ts';
import { dataTable, isWebUrl, item, list, submit, text } from '../kit.ts';
import {
  convertButton,
  done,
  muted,
  navigation,
  noticeLine,
  openIfWeb,
  press,
  refresh,
  tight,
} from '../parts.ts';
import { lengths, link, safe } from '../text.ts';
import type { Card, Notice, ReferralSummary, ReferrerSummary } from '../view.ts';
import {
  blockWords,
  matchedByWords,
  referralCounts,
  rewardNames,
  rewardRows,
  rewardSince,
  sourceWord,
} from '../words.ts';

/** List lines that fit on the first canvas; a notice and a lead's button use up one line each. */
const room = 4;
/** A longer reason wraps to a second line. */
const oneLine = 36;
/** In characters: a line of the card holds about 36, and a reason has two lines. */
const fits = { name: 24, campaign: 22, email: 24, link: 34, afterStatus: 12, reason: 84, shortReason: 28 };
/** For what a pending referral needs, in characters of whole lines. */
const needsRoom = { one: 36, two: 72, three: 108, four: 144 };
/** In pixels, of a referrer's card: what its first lines and the foot leave of 400, and what the rest takes. */
const heights = { room: 147, line: 19, row: 28, link: 35, button: 48, notice: 74 };
const maxCampaigns = 50;

export function card(shown: Card, notice?: Notice): Component[] {
  const [referral] = shown.referrals;
  const [referrer] = shown.referrers;
  const total = shown.referrals.length + shown.referrers.length;
  if (total === 1 && referral !== undefined) return onlyReferral(shown, referral, notice);
  if (total === 1 && referrer !== undefined) return onlyReferrer(shown, referrer, notice);
  return severalCampaigns(shown, total, notice);
}

export function campaigns(shown: Card): Component[] {
  const { timeZone } = shown.clock;
  const items = [
    ...shown.referrals.map((entry) => referralItem(entry, timeZone)),
    ...shown.referrers.map(referrerItem),
  ];
  const rest = items.length - maxCampaigns;
  return [
    text('Campaigns', { style: 'header' }),
    ...(items.length > 0 ? [list(items.slice(0, maxCampaigns))] : [muted('In no campaign yet.')]),
    ...(rest > 0 ? [muted(`${rest} more are not shown here.`)] : []),
    ...navigation(done),
  ];
}

/** "Spring", or "Spring (paused)". */
export function campaignName(
  { campaign, campaignState }: Pick<ReferralSummary, 'campaign' | 'campaignState'>,
  max: number = lengths.name,
): string {
  if (campaignState === 'active') return safe(campaign, max);
  const state = ` (${campaignState})`;
  return `${safe(campaign, max - state.length)}${state}`;
}

export function referredBy(referral: ReferralSummary, max: number = lengths.name): string {
  if (referral.referrer === null) return 'No known referrer';
  return `Referred by ${link(referral.referrer.name, referral.referrer.contactUrl, max)}`;
}

/** The share link without its scheme, which leaves room for the code at its end. */
export function shareLink(referrer: ReferrerSummary, max: number = lengths.name): string {
  return link(referrer.link.replace(/^https?:\/\//, ''), referrer.link, max);
}

function onlyReferral(shown: Card, referral: ReferralSummary, notice: Notice | undefined): Component[] {
  const { timeZone } = shown.clock;
  const isLead = shown.contact.role === 'lead';
  const isTight = notice !== undefined || (isLead && referral.rewards.length > 1);
  const doubt = doubtLine(referral, isTight);
  const why = whyLines(referral, { isLead, isTight, isDoubtful: doubt.length > 0 }, notice);
  const isLong = why.some((line) => line.type === 'text' && line.text.length > oneLine);
  // A notice leaves a lead's card no space for the second; "More" has both.
  const rewards = rewardRows(referral.rewards).slice(0, isLead && notice ? 1 : 2);
  const rows: [string, string][] = [['Campaign', campaignName(referral)], ...rewards];
  return [
    ...noticeLine(notice, lengths.notice),
    tight(`**${statusWords[referral.status]}** since ${day(referral.statusAt, timeZone)}`),
    ...(isLead && notice ? [] : doubt),
    ...why,
    text(referredBy(referral, fits.name)),
    dataTable(rows),
    ...(notice || isLead || doubt.length > 0
      ? []
      : referral.rewards.flatMap((reward) => sinceLine(reward, timeZone))),
    // A notice needs this space, and so do a second reward, a doubt, and the button of a lead with a long reason.
    ...(notice || rewards.length > 1 || doubt.length > 0 || (isLead && isLong)
      ? []
      : [tight(origin(referral, timeZone))]),
    ...foot(shown, press('More', { do: 'show-referral', referralId: referral.id }, 'link')),
  ];
}

/** Where something keeps the referral from qualifying, its reason says more. */
export function doubtLine({ hints, blocked }: ReferralSummary, isTight = false): Component[] {
  const words = blocked === null ? doubtWords(hints) : null;
  if (words === null) return [];
  return [tight(isTight ? 'Looks doubtful: see More' : safe(words, fits.reason, ''))];
}

/** "Referrer reward: due since Nov 20, 2026"; More has the rest. */
function sinceLine({ recipient, status, since }: ShownReward, timeZone: string): Component[] {
  if (since === null) return [];
  return [tight(`${rewardNames[recipient]}: ${rewardSince(status, since, timeZone)}`, 'muted')];
}

/** Why it has its status, or what it still needs. Kept out of the table, which cuts values after about twenty characters. */
function whyLines(
  { reason, rewards, outlook }: ReferralSummary,
  { isLead, isTight, isDoubtful }: Record<'isLead' | 'isTight' | 'isDoubtful', boolean>,
  notice: Notice | undefined,
): Component[] {
  if (isTight && (isDoubtful || (isLead && notice))) return [];
  if (outlook !== null) {
    const lines = isLead ? (rewards.length > 1 ? 'two' : 'three') : 'four';
    return [tight(fittingOutlook(outlook, needsRoom[notice || isDoubtful ? 'one' : lines]))];
  }
  if (reason === null) return [];
  return [
    tight(`Reason: ${safe(reason, isTight || isDoubtful ? fits.shortReason : fits.reason, 'none given')}`),
  ];
}

/** The longest version that fits whole: nothing that is missing is cut off. */
export function fittingOutlook({ versions }: Outlook, room: number): string {
  const words = versions.map((version) => safe(version, Number.MAX_SAFE_INTEGER, ''));
  const fitting = words.find((version) => version.length <= room);
  return fitting ?? safe(versions.at(-1) ?? '', room, 'More says what it needs.');
}

function onlyReferrer(shown: Card, referrer: ReferrerSummary, notice: Notice | undefined): Component[] {
  const { timeZone } = shown.clock;
  const counts = referralCounts(referrer.referrals);
  const rewards = rewardCounts(referrer.rewards);
  let left = heights.room;
  const isLead = shown.contact.role === 'lead';
  if (isLead) left -= heights.button;
  if (notice) left -= heights.notice;
  // A lead's notice leaves no space for it; it is under More as well.
  const sends = !(isLead && notice);
  if (sends) left -= heights.link;
  left -= (linesOf(counts) - 1) * heights.line;
  const fitsRewards = left >= linesOf(rewards) * heights.line;
  if (fitsRewards) left -= linesOf(rewards) * heights.line;
  const total = totalOf(referrer.referrals);
  const rows = Math.max(0, Math.floor((left - heights.line) / heights.row));
  const latest = referrer.latest.slice(0, rows);
  const rest = total - latest.length;
  return [
    ...noticeLine(notice, lengths.notice),
    tight(`Referrer in **${campaignName(referrer, fits.campaign)}**`),
    tight(`Joined ${day(referrer.joinedAt, timeZone)}${platformPage(referrer.platformUrl)}`),
    tight(shareLink(referrer, fits.link)),
    tight(counts),
    ...(fitsRewards ? [tight(rewards)] : []),
    ...(latest.length > 0
      ? [
          dataTable(latest.map((entry) => [safe(entry.name), statusWords[entry.status]])),
          ...(rest > 0 ? [tight(`${rest} more`, 'muted')] : []),
        ]
      : []),
    ...foot(
      shown,
      ...(sends ? [sendCard(referrer, 'link')] : []),
      press('More', { do: 'show-referrer', referrerId: referrer.id }, 'link'),
    ),
  ];
}

export const sendCard = ({ id }: ReferrerSummary, style: Button['style'] = 'secondary'): Button =>
  press('Send referral card', { do: 'send-card', referrerId: id }, style);

const linesOf = (words: string) => Math.ceil(words.length / oneLine);

function severalCampaigns(shown: Card, total: number, notice: Notice | undefined): Component[] {
  if (total === 0) {
    return [
      ...noticeLine(notice, lengths.notice),
      muted('In the referral program, but in no campaign yet.'),
      ...foot(shown),
    ];
  }
  const referrals = shown.referrals.map((entry) => referralItem(entry, shown.clock.timeZone));
  const referrers = shown.referrers.map(referrerItem);
  const lines = room - (notice ? 1 : 0) - (shown.contact.role === 'lead' ? 1 : 0);
  // The link to the rest uses a line, which is free as long as there is no notice.
  const shownCount = notice ? lines - 1 : room - 1;
  if (total <= lines)
    return [...noticeLine(notice, lengths.notice), list([...referrals, ...referrers]), ...foot(shown)];
  // A person who is both referred and a referrer must show as both, however many campaigns there are.
  const first = referrals.slice(0, referrers.length > 0 ? shownCount - 1 : shownCount);
  return [
    ...noticeLine(notice, lengths.notice),
    list([...first, ...referrers].slice(0, shownCount)),
    tight(`${shownCount} of ${total} campaigns shown`),
    ...foot(shown, press('More', { do: 'show-campaigns' }, 'link')),
  ];
}

function referralItem(referral: ReferralSummary, timeZone: string): Item {
  const { referrer, rewards } = referral;
  return item({
    id: encodeAction({ do: 'show-referral', referralId: referral.id }),
    title: `Referred in ${campaignName(referral, fits.campaign)}`,
    subtitle: `${statusWords[referral.status]}, ${referral.blocked ? blockWords[referral.blocked] : day(referral.statusAt, timeZone)}`,
    tertiary_text:
      referrer === null ? (rewardRows(rewards)[0]?.[1] ?? '') : `by ${safe(referrer.name, fits.afterStatus)}`,
    action: submit,
  });
}

function referrerItem(referrer: ReferrerSummary): Item {
  return item({
    id: encodeAction({ do: 'show-referrer', referrerId: referrer.id }),
    title: `Referrer in ${campaignName(referrer, fits.campaign)}`,
    // All statuses would take a second line.
    subtitle: `${totalOf(referrer.referrals)} referred, ${referrer.referrals.qualified ?? 0} qualified`,
    action: submit,
  });
}

function origin({ joinedAt, source, platformUrl }: ReferralSummary, timeZone: string): string {
  return `Joined ${day(joinedAt, timeZone)}, ${sourceWord[source]}${platformPage(platformUrl)}`;
}

function platformPage(url: string | null): string {
  return url !== null && isWebUrl(url) ? `, ${link('open page', url)}` : '';
}

function foot({ contact, matchedBy, clock, settingsUrl }: Card, ...more: Button[]): Component[] {
  return [
    tight(matchedByWords(matchedBy, contact.email, fits.email), 'muted'),
    muted(`As of ${moment(clock.asOf, clock.timeZone)}`),
    ...convertButton(contact),
    ...navigation(...more, refresh, ...openIfWeb('Settings', settingsUrl)),
  ];
}
