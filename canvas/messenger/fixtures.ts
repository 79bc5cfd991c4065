// Every screen of the Messenger in every relevant variant and language: the sandbox's gallery draws them, and tests check them.
import { type Language, languages } from '../../src/domain/languages/language.ts';
import { translate } from '../../src/domain/languages/translate.ts';
import { shareChannels } from '../../src/domain/messenger/share-channel.ts';
import { noWording } from '../../src/domain/messenger/wording.ts';
import { drawConfigure, drawContent, drawPublic } from './render.ts';
import type { ConfigureView, FriendForm, PersonalView, PublicView } from './view.ts';

const campaignId = 'b1a7c0de-0000-4000-8000-000000000001';
const link = 'https://desk.northwind.example/r/bcdfghjkmn';
const promised = { referrer: '10 EUR credit', friend: 'One month free' };
const hostile = '[Free](https://evil.example) **B** <b>x</b>';
const endless = 'Wolfeschlegelsteinhausenbergerdorff '.repeat(6);
const since = new Date('2026-11-22T12:00:00Z');
const form: FriendForm = { name: '', email: '', words: '', consent: false, problems: {} };

export function publicViews(language: Language): Record<string, PublicView> {
  const program = {
    ...({ screen: 'public', language, wording: noWording, state: 'active', promised } as const),
    ...({ why: 'log-in', moreUrl: 'https://desk.northwind.example/join/spring' } as const),
  };
  return {
    Placeholder: { screen: 'placeholder', language },
    Program: program,
    'Program, user not verified': { ...program, why: 'unverified', moreUrl: null },
    'Program without rewards': { ...program, promised: { referrer: null, friend: null } },
    'Program in own words': {
      ...program,
      wording: { ...noWording, headline: endless, intro: endless },
      promised: { referrer: hostile, friend: endless },
    },
    'Program, paused': { ...program, state: 'paused' },
    'Program, ended': { ...program, state: 'ended' },
    'No program': { ...program, state: 'none' },
    Off: { screen: 'off', language },
    Unavailable: { screen: 'unavailable', language },
  };
}

export function personalViews(language: Language): Record<string, PersonalView> {
  const of = { language, campaignId, isOnly: true };
  const shares = shareChannels.map((channel) => ({
    channel,
    url: `https://desk.northwind.example/share/${channel}/bcdfghjkmn?lang=${language}`,
  }));
  const my = {
    ...({
      screen: 'link',
      ...of,
      wording: noWording,
      state: 'active',
      promised,
      link,
      shares,
      canRefer: true,
    } as const),
  };
  const say = (key: 'name' | 'email' | 'consent') => translate(language, `messenger.form.problem.${key}`);
  return {
    'My link': my,
    'My link, just joined': {
      ...my,
      notice: translate(language, 'messenger.join.done', { campaign: 'Spring' }),
    },
    'My link, one of several': { ...my, isOnly: false, wording: { ...noWording, headline: endless } },
    'My link, paused': { ...my, state: 'paused', canRefer: false },
    'My link, ended': { ...my, state: 'ended', canRefer: false },
    'My link, of another platform': { ...my, canRefer: false, link: 'https://refer.example/a_b~c*d' },
    'Choose a program': {
      screen: 'choose',
      language,
      campaigns: ['Spring', 'Partners', hostile, endless, 'Autumn'].map((name, at) => ({
        ...{ id: campaignId.replace(/1$/, String(at)), name, promised, isMine: at % 2 === 0 },
      })),
    },
    Join: { screen: 'join', ...of, wording: noWording, promised },
    'Join, one of several': { screen: 'join', ...of, isOnly: false, wording: noWording, promised },
    Closed: { screen: 'closed', language, wording: noWording, state: 'ended' },
    'My progress': {
      screen: 'progress',
      ...of,
      wording: noWording,
      counts: { pending: 4, qualified: 6, disqualified: 1, expired: 1 },
    },
    'My progress, nothing yet': { screen: 'progress', ...of, wording: noWording, counts: {} },
    'My rewards': {
      screen: 'rewards',
      ...{ ...of, timeZone: 'Europe/Berlin', promised: promised.referrer, more: 12 },
      rewards: [
        { label: '10 EUR credit', status: 'due', since },
        { label: '10 EUR credit', status: 'issued', since },
        { label: hostile, status: 'failed', since },
        { label: endless, status: 'canceled', since },
      ],
    },
    'My rewards, none yet': {
      screen: 'rewards',
      ...{ ...of, timeZone: 'UTC', promised: promised.referrer, more: 0, rewards: [] },
    },
    'Latest friends': {
      screen: 'friends',
      ...of,
      friends: [
        { name: 'Dana Whitlock', status: 'pending' },
        { name: hostile, status: 'qualified' },
        { name: null, status: 'disqualified' },
        { name: 'dana@example.com', status: 'expired' },
        { name: endless, status: 'pending' },
      ],
    },
    'Latest friends, none yet': { screen: 'friends', ...of, friends: [] },
    'Refer a friend': { screen: 'refer', ...of, wording: noWording, form, sheetUrl },
    'Refer a friend, with problems': {
      screen: 'refer',
      ...{ ...of, wording: { ...noWording, consent: endless }, sheetUrl },
      form: {
        ...{ name: '', email: 'not an email', words: hostile, consent: true },
        problems: { name: say('name'), email: say('email'), consent: say('consent') },
      },
    },
    Referred: { screen: 'sent', ...of, friend: 'Dana Whitlock' },
    'Referred, name as Markdown': { screen: 'sent', ...of, friend: hostile },
    'Limit of a day': { screen: 'limit', ...of, count: 20 },
  };
}

const sheetUrl = 'https://desk.northwind.example/intercom/messenger/sheet';

const configureViews: Record<string, ConfigureView> = {
  Configure: {
    screen: 'configure',
    campaigns: [{ id: campaignId, name: 'Spring' }],
    hasMore: false,
    chosen: { campaign: 'all', campaignName: '', headline: '', text: '' },
    problem: null,
  },
  'Configure, many campaigns and a problem': {
    screen: 'configure',
    campaigns: Array.from({ length: 9 }, (_, at) => ({
      id: `c${at}`,
      name: at === 0 ? hostile : `Campaign ${at}`,
    })),
    hasMore: true,
    chosen: { campaign: 'c0', campaignName: 'Winter', headline: endless, text: hostile },
    problem: 'Campaign not found.',
  },
  'Configure without campaigns': {
    screen: 'configure',
    ...{ campaigns: [], hasMore: false, problem: null },
    chosen: { campaign: 'all', campaignName: '', headline: '', text: '' },
  },
};

/** As they are answered. */
export const messengerFixtures: {
  name: string;
  place: 'end-user' | 'configure';
  locale: string;
  answer: unknown;
}[] = [
  ...languages.flatMap((locale) => [
    ...Object.entries(publicViews(locale)).map(([name, view]) => ({
      ...{ name, place: 'end-user' as const, locale, answer: { canvas: drawPublic(view, { v: 1 }) } },
    })),
    ...Object.entries(personalViews(locale)).map(([name, view]) => ({
      ...{ name, place: 'end-user' as const, locale, answer: drawContent(view) },
    })),
  ]),
  ...Object.entries(configureViews).map(([name, view]) => ({
    ...{ name, place: 'configure' as const, locale: 'en', answer: { canvas: drawConfigure(view, { v: 1 }) } },
  })),
];
