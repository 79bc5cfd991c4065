// The card itself: a referred contact, a referrer, or both, on a first canvas of at most 400 px (Intercom's review rule).
import { encodeAction } from '../action.ts';
import type { Button, Component, Item } from '../components.ts';
import { day, moment } from '../dates.ts';
import { dataTable, isWebUrl, item, list, submit, text } from '../kit.ts';
import { back, muted, navigation, noticeLine, press, refresh, settings, tight } from '../parts.ts';
import { lengths, link, safe } from '../text.ts';
import type { Card, Notice, ReferralSummary, ReferrerSummary } from '../view.ts';
import { matchedByWords, rewardWords, sourceWord, statusWord } from '../words.ts';

/** Lines of a list that fit on the first canvas; a notice and a lead's button take the place of one each. */
const room = 4;
/** A reason that takes a second line. */
const oneLine = 36;
/** Characters that keep to one line of the card, about 36 of them wide, beside the words around them; a reason has two. */
const fits = { name: 24, campaign: 22, email: 24, link: 34, afterStatus: 12, reason: 84, shortReason: 28 };
const mostCampaigns = 50;

export function card(shown: Card, notice?: Notice): Component[] {
  const [referral] = shown.referrals;
  const [referrer] = shown.referrers;
  const total = shown.referrals.length + shown.referrers.length;
  if (total === 1 && referral !== undefined) return onlyReferral(shown, referral, notice);
  if (total === 1 && referrer !== undefined) return onlyReferrer(shown, referrer, notice);
  return severalCampaigns(shown, total, notice);
}

/** Everything that the first canvas had no room for. */
export function campaigns(shown: Card): Component[] {
  const { timeZone } = shown.clock;
  const items = [
    ...shown.referrals.map((one) => referralItem(one, timeZone)),
    ...shown.referrers.map(referrerItem),
  ];
  const rest = items.length - mostCampaigns;
  return [
    text('Campaigns', { style: 'header' }),
    ...(items.length > 0 ? [list(items.slice(0, mostCampaigns))] : [muted('In no campaign yet.')]),
    ...(rest > 0 ? [muted(`${rest} more are not shown here.`)] : []),
    ...navigation(back),
  ];
}

/** "Referred by Sam Ortega", the name a link to their contact in Intercom where that is known. */
export function referredBy(referral: ReferralSummary, most: number = lengths.name): string {
  if (referral.referrer === null) return 'Referred by nobody known';
  return `Referred by ${link(referral.referrer.name, referral.referrer.contactUrl, most)}`;
}

/** The share link, shown without its scheme to leave room for the code at its end. */
export function shareLink(referrer: ReferrerSummary, most: number = lengths.name): string {
  return link(referrer.link.replace(/^https?:\/\//, ''), referrer.link, most);
}

function countsLine({ counts }: ReferrerSummary): string {
  return `${counts.referred} referred, ${counts.pending} pending, ${counts.qualified} qualified`;
}

function onlyReferral(shown: Card, referral: ReferralSummary, notice: Notice | undefined): Component[] {
  const { timeZone } = shown.clock;
  const isLead = shown.contact.role === 'lead';
  const isLong = 'Reason: '.length + (referral.reason?.length ?? 0) > oneLine;
  const rows: [string, string][] = [
    ['Campaign', safe(referral.campaign)],
    ['Reward', rewardWords(referral.reward)],
  ];
  return [
    ...noticeLine(notice, lengths.notice),
    tight(`**${statusWord[referral.status]}** since ${day(referral.statusAt, timeZone)}`),
    ...reasonLine(referral, isLead, notice),
    text(referredBy(referral, fits.name)),
    dataTable(rows),
    // A notice takes its place, and so does the button of a lead with a long reason; it is behind "More" too.
    ...(notice || (isLead && isLong) ? [] : [tight(origin(referral, timeZone))]),
    ...foot(shown, press('More', { do: 'show-referral', referralId: referral.id }, 'link')),
  ];
}

/** Not in the table below it, whose values end after some twenty characters. */
function reasonLine({ reason }: ReferralSummary, isLead: boolean, notice: Notice | undefined): Component[] {
  if (reason === null || (isLead && notice)) return [];
  return [tight(`Reason: ${safe(reason, notice ? fits.shortReason : fits.reason, 'none given')}`)];
}

function onlyReferrer(shown: Card, referrer: ReferrerSummary, notice: Notice | undefined): Component[] {
  const { timeZone } = shown.clock;
  // The button of a lead takes the place of two rows, and so does a notice.
  const latest = referrer.latest.slice(0, 5 - (shown.contact.role === 'lead' ? 2 : 0) - (notice ? 2 : 0));
  return [
    ...noticeLine(notice, lengths.notice),
    tight(`Referrer in **${safe(referrer.campaign, fits.campaign)}**`),
    tight(`Joined ${day(referrer.joinedAt, timeZone)}${platformPage(referrer.platformUrl)}`),
    tight(shareLink(referrer, fits.link)),
    tight(countsLine(referrer)),
    ...(latest.length > 0 ? [dataTable(latest.map((one) => [safe(one.name), statusWord[one.status]]))] : []),
    ...foot(shown, press('More', { do: 'show-referrer', referrerId: referrer.id }, 'link')),
  ];
}

function severalCampaigns(shown: Card, total: number, notice: Notice | undefined): Component[] {
  if (total === 0) {
    return [
      ...noticeLine(notice, lengths.notice),
      muted('Known to the referral program, but in no campaign yet.'),
      ...foot(shown),
    ];
  }
  const referrals = shown.referrals.map((one) => referralItem(one, shown.clock.timeZone));
  const referrers = shown.referrers.map(referrerItem);
  const all = room - (notice ? 1 : 0) - (shown.contact.role === 'lead' ? 1 : 0);
  // What leads to the rest takes a line, for which there is room as long as nothing is to be said.
  const some = notice ? all - 1 : room - 1;
  if (total <= all)
    return [...noticeLine(notice, lengths.notice), list([...referrals, ...referrers]), ...foot(shown)];
  // Somebody who is both must be seen to be both, however many campaigns there are.
  const first = referrals.slice(0, referrers.length > 0 ? some - 1 : some);
  return [
    ...noticeLine(notice, lengths.notice),
    list([...first, ...referrers].slice(0, some)),
    tight(`${some} of ${total} campaigns shown`),
    ...foot(shown, press('More', { do: 'show-campaigns' }, 'link')),
  ];
}

function referralItem(referral: ReferralSummary, timeZone: string): Item {
  const { referrer, reward } = referral;
  return item({
    id: encodeAction({ do: 'show-referral', referralId: referral.id }),
    title: `Referred in ${safe(referral.campaign, fits.campaign)}`,
    subtitle: `${statusWord[referral.status]}, ${day(referral.statusAt, timeZone)}`,
    tertiary_text: referrer === null ? rewardWords(reward) : `by ${safe(referrer.name, fits.afterStatus)}`,
    action: submit,
  });
}

function referrerItem(referrer: ReferrerSummary): Item {
  return item({
    id: encodeAction({ do: 'show-referrer', referrerId: referrer.id }),
    title: `Referrer in ${safe(referrer.campaign, fits.campaign)}`,
    subtitle: countsLine(referrer),
    action: submit,
  });
}

function origin({ joinedAt, source, platformUrl }: ReferralSummary, timeZone: string): string {
  return `Joined ${day(joinedAt, timeZone)}, ${sourceWord[source]}${platformPage(platformUrl)}`;
}

function platformPage(url: string | null): string {
  return url !== null && isWebUrl(url) ? `, ${link('open page', url)}` : '';
}

/** How the contact was found, how old the data is, and the ways on. */
function foot({ contact, matchedBy, clock, settingsUrl }: Card, ...more: Button[]): Component[] {
  return [
    tight(matchedByWords(matchedBy, contact.email, fits.email), 'muted'),
    muted(`As of ${moment(clock.asOf, clock.timeZone)}`),
    ...(contact.role === 'lead' ? [press('Convert to user', { do: 'start-conversion' })] : []),
    ...navigation(...more, refresh, ...settings(settingsUrl)),
  ];
}
