// Every screen in the Messenger, as data. What Intercom stores and shows to anyone is drawn of a `PublicView`, which has
// no field about a person.
import type { CampaignState } from '../../src/domain/campaigns/campaign-state.ts';
import type { Language } from '../../src/domain/languages/language.ts';
import type { ShareChannel } from '../../src/domain/messenger/share-channel.ts';
import type { Wording } from '../../src/domain/messenger/wording.ts';
import type { ReferralStatus } from '../../src/domain/program/referral.ts';
import type { EarnedStatus } from '../../src/domain/rewards/reward.ts';

/** What a campaign promises, in the company's words. */
export type Promised = { referrer: string | null; friend: string | null };

/** Of the campaigns together, for who may not see their own. */
export type ProgramState = 'active' | 'paused' | 'ended' | 'none';

type Public = { language: Language };
export type PublicView =
  /** For teammates, in a Workflow that they write. */
  | (Public & { screen: 'placeholder' })
  | (Public & {
      screen: 'public';
      wording: Wording;
      state: ProgramState;
      promised: Promised;
      /** Why nothing personal is shown. */
      why: 'log-in' | 'unverified';
      /** The campaign's join page. */
      moreUrl: string | null;
    })
  /** Switched off, or the app is not installed. */
  | (Public & { screen: 'off' })
  | (Public & { screen: 'unavailable' });

/** In English, for teammates. Every text is a teammate's own. */
export type ConfigureView = {
  screen: 'configure';
  /** At most nine, newest first. */
  campaigns: { id: string; name: string }[];
  /** There are more, to be named. */
  hasMore: boolean;
  chosen: { campaign: string; campaignName: string; headline: string; text: string };
  problem: string | null;
};

type Personal = { language: Language; notice?: string };
/** Of one campaign; `isOnly`: no other can be chosen. */
type OfCampaign = Personal & { campaignId: string; isOnly: boolean };

export type Friend = { name: string | null; status: ReferralStatus };
export type MyReward = { label: string; status: EarnedStatus; since: Date };
export type FriendForm = {
  name: string;
  email: string;
  words: string;
  consent: boolean;
  problems: Partial<Record<'name' | 'email' | 'words' | 'consent', string>>;
};

export type PersonalView =
  | (OfCampaign & {
      screen: 'link';
      wording: Wording;
      state: CampaignState;
      promised: Promised;
      link: string;
      shares: { channel: ShareChannel; url: string }[];
      /** False for campaigns of outside platforms, and closed ones. */
      canRefer: boolean;
    })
  | (Personal & {
      screen: 'choose';
      campaigns: { id: string; name: string; promised: Promised; isMine: boolean }[];
    })
  | (OfCampaign & { screen: 'join'; wording: Wording; promised: Promised })
  | (Personal & { screen: 'closed'; wording: Wording; state: ProgramState })
  | (OfCampaign & {
      screen: 'progress';
      wording: Wording;
      counts: Partial<Record<ReferralStatus, number>>;
    })
  | (OfCampaign & {
      screen: 'rewards';
      timeZone: string;
      promised: string | null;
      /** The newest. */
      rewards: MyReward[];
      more: number;
    })
  | (OfCampaign & { screen: 'friends'; friends: Friend[] })
  | (OfCampaign & { screen: 'refer'; wording: Wording; form: FriendForm; sheetUrl: string })
  /** `friend` is null where others see it. */
  | (OfCampaign & { screen: 'sent'; friend: string | null })
  | (OfCampaign & { screen: 'limit'; count: number });

export type MessengerView = PublicView | PersonalView;
export type MessengerScreen<K extends MessengerView['screen']> = Extract<MessengerView, { screen: K }>;
