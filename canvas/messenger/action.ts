// Every button on a card in the Messenger, and the inputs of its forms.
import { type ActionOf, actionCodec } from '../action-codec.ts';

const actions = {
  /** The first screen, as a live canvas. */
  home: [],
  'show-link': ['campaignId'],
  'show-progress': ['campaignId'],
  'show-rewards': ['campaignId'],
  'show-friends': ['campaignId'],
  join: ['campaignId'],
  'ask-friend': ['campaignId'],
  'refer-friend': ['campaignId'],
  /** A longer form, as a page over the Messenger. */
  'open-sheet': ['campaignId'],
  share: ['channel'],
  more: [],
} as const;

export type MessengerPress = ActionOf<typeof actions>;

const ownScreens = ['show-link', 'show-progress', 'show-rewards', 'show-friends'] as const;
/** Shows something and changes nothing, so that the address of a live canvas may name it. */
export type OwnScreenPress = Extract<MessengerPress, { do: (typeof ownScreens)[number] }>;

export function isOwnScreen(press: MessengerPress): press is OwnScreenPress {
  return ownScreens.some((name) => name === press.do);
}

/** Its arguments are hints, and every press checks them again. */
export const { encode: encodePress, decode: decodePress, table: pressTable } = actionCodec(actions);

export const friendInputs = { name: 'name', email: 'email', words: 'words', consent: 'consent' } as const;
/** The only option of the checkbox. */
export const consentGiven = 'yes';

export const configureInputs = {
  campaign: 'campaign',
  campaignName: 'campaign_name',
  headline: 'headline',
  text: 'text',
} as const;
export const configureSave = 'save';
/** The choice of every campaign that the person is in. */
export const allCampaigns = 'all';

/** As the results of a configuration: see usecases/messenger/configure.ts. */
export function cardOptions(campaignId: string | null): Record<string, string> {
  return { kind: 'referral-card', campaign: campaignId ?? allCampaigns };
}
