// A referrer's own screens: link, progress, rewards, latest friends, and joining.
import { formatDay } from '../../src/domain/languages/formats.ts';
import type { Language } from '../../src/domain/languages/language.ts';
import { translate } from '../../src/domain/languages/translate.ts';
import { shortName } from '../../src/domain/program/join-page.ts';
import { totalOf } from '../../src/domain/rewards/reward-counts.ts';
import { dataTable, item, list, submit, text } from '../kit.ts';
import { link as markdownLink, safe } from '../text.ts';
import { encodePress } from './action.ts';
import { back, headline, muted, noticeLine, openPage, type Part, press, promises, said } from './parts.ts';
import { closedWords } from './public.ts';
import type { MessengerScreen } from './view.ts';

export function myLink(view: MessengerScreen<'link'>): Part[] {
  const { language, wording, notice, campaignId, isOnly, state, link, shares, canRefer } = view;
  const closed = state === 'active' ? null : closedWords(language, state === 'archived' ? 'ended' : state);
  // With a way back, a headline of two lines would make the card higher than half of the Messenger.
  const own = isOnly || wording.headline === null ? wording.headline : safe(wording.headline, 34);
  return [
    headline(own, translate(language, 'messenger.title')),
    ...noticeLine(notice),
    closed === null ? shownLink(link, isOnly) : muted(closed),
    // Intercom’s style for what opens another page.
    ...(closed === null ? shares : []).map(({ channel, url }) =>
      openPage(translate(language, `messenger.share.${channel}`), { do: 'share', channel }, url, 'link'),
    ),
    ...(canRefer ? [press(translate(language, 'messenger.refer'), { do: 'ask-friend', campaignId })] : []),
    press(translate(language, 'messenger.progress'), { do: 'show-progress', campaignId }, 'link'),
    ...(isOnly ? [] : [back(language)]),
  ];
}

/** As plain text, which can be selected; as a link where Canvas Kit would read its signs as Markdown. */
function shownLink(link: string, isRoomy: boolean): Part {
  const shown = safe(link, 255) === link ? link : markdownLink(link, link, 255);
  return text(shown, isRoomy ? {} : { bottom_margin: 'none' });
}

export function choose({ language, notice, campaigns }: MessengerScreen<'choose'>): Part[] {
  return [
    headline(null, translate(language, 'messenger.choose')),
    ...noticeLine(notice),
    list(
      campaigns.map(({ id, name, promised, isMine }) =>
        item({
          id: encodePress({ do: 'show-link', campaignId: id }),
          title: safe(name, 34),
          ...subtitle(language, promised.referrer, isMine),
          action: submit,
        }),
      ),
    ),
  ];
}

function subtitle(language: Language, reward: string | null, isMine: boolean): { subtitle?: string } {
  if (!isMine) return { subtitle: translate(language, 'messenger.join.press') };
  return reward === null
    ? {}
    : { subtitle: translate(language, 'messenger.reward.you', { reward: safe(reward, 40, '') }) };
}

export function join(view: MessengerScreen<'join'>): Part[] {
  const { language, wording, notice, promised, campaignId, isOnly } = view;
  return [
    headline(wording.headline, translate(language, 'messenger.title')),
    ...noticeLine(notice),
    said(wording.intro, translate(language, 'messenger.join.offer')),
    ...promises(language, promised),
    press(translate(language, 'messenger.join.press'), { do: 'join', campaignId }, 'primary'),
    ...(isOnly ? [] : [back(language)]),
  ];
}

export function closed({ language, wording, state }: MessengerScreen<'closed'>): Part[] {
  return [
    headline(wording.headline, translate(language, 'messenger.title')),
    muted(closedWords(language, state) ?? translate(language, 'messenger.none')),
  ];
}

export function progress(view: MessengerScreen<'progress'>): Part[] {
  const { language, wording, campaignId, counts } = view;
  const { pending = 0, qualified = 0, disqualified = 0, expired = 0 } = counts;
  const over = disqualified + expired;
  const parts = [
    translate(language, 'messenger.progress.pending', { count: pending }),
    translate(language, 'messenger.progress.qualified', { count: qualified }),
    ...(over > 0 ? [translate(language, 'messenger.progress.over', { count: over })] : []),
  ];
  return [
    headline(null, translate(language, 'messenger.progress')),
    text(translate(language, 'messenger.progress.joined', { count: totalOf(counts) }), {
      bottom_margin: 'none',
    }),
    text(parts.join(' · ')),
    ...(pending > 0
      ? [muted(safe(wording.needs, 160, translate(language, 'messenger.progress.needs')))]
      : []),
    press(translate(language, 'messenger.rewards'), { do: 'show-rewards', campaignId }),
    press(translate(language, 'messenger.friends'), { do: 'show-friends', campaignId }),
    back(language, { do: 'show-link', campaignId }),
  ];
}

export function rewards(view: MessengerScreen<'rewards'>): Part[] {
  const { language, timeZone, campaignId, promised, rewards: own, more } = view;
  const lines = own.map(({ label, status, since }): [string, string] => {
    const date = formatDay(language, since, timeZone);
    const words =
      status === 'failed'
        ? translate(language, 'messenger.rewards.failed')
        : translate(language, `messenger.rewards.${status}`, { date });
    return [safe(label, 24, translate(language, 'messenger.rewards')), words];
  });
  return [
    headline(null, translate(language, 'messenger.rewards')),
    ...(lines.length > 0 ? [dataTable(lines)] : [muted(translate(language, 'messenger.rewards.none'))]),
    ...(more > 0 ? [muted(translate(language, 'messenger.rewards.more', { count: more }))] : []),
    ...(promised === null
      ? []
      : [muted(translate(language, 'messenger.rewards.promised', { reward: safe(promised, 60, '') }))]),
    back(language, { do: 'show-progress', campaignId }),
  ];
}

export function friends({ language, campaignId, friends: latest }: MessengerScreen<'friends'>): Part[] {
  const lines = latest.map(({ name, status }): [string, string] => [
    safe(shortName(name), 40, translate(language, 'messenger.friends.unnamed')),
    translate(language, `messenger.status.${status}`),
  ]);
  return [
    headline(null, translate(language, 'messenger.friends')),
    lines.length > 0 ? dataTable(lines) : muted(translate(language, 'messenger.friends.none')),
    back(language, { do: 'show-progress', campaignId }),
  ];
}
