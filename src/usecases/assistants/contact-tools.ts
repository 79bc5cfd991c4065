// Tools that read what the card shows: a contact's referrals, what a referral still needs, and its rewards.
import { z } from 'zod';
import { campaignStates } from '../../domain/campaigns/campaign-state.ts';
import { emailKey, idKey } from '../../domain/identity.ts';
import { hintCodes } from '../../domain/program/doubt.ts';
import type { Person } from '../../domain/program/program.ts';
import { blockCodes } from '../../domain/program/qualification-block.ts';
import { referralStatus } from '../../domain/program/referral.ts';
import { decisionOutcomes } from '../../domain/qualification/stored-rule.ts';
import { earnedStatus, rewardRecipient, rewardStatus } from '../../domain/rewards/reward.ts';
import type { ShownReward } from '../../domain/rewards/shown-reward.ts';
import { readPersonPage } from '../../store/people/person-page.ts';
import { referralSummary, referrerSummary } from '../card/card-view.ts';
import { type Found, readVisit, referralOf } from '../card/visit.ts';
import { readReferral } from '../program/referrals.ts';
import { countRewardsByStatus, listRewards, type Reward } from '../rewards/rewards.ts';
import { type ToolCall, ToolRefusal, tool } from './tool.ts';
import {
  bare,
  contactId,
  cursorOf,
  idOf,
  link,
  moment,
  named,
  pageInput,
  pageOutput,
  pageUrl,
  placeIn,
  placeOf,
  positionOf,
} from './tool-shapes.ts';

const text = z.string().nullable();
const shownAtMost = 10;
const countedAtMost = 10_000;

const whoInput = {
  contact_id: contactId.optional(),
  email: z.string().max(320).optional(),
  external_id: z.string().max(255).optional().describe('Your own ID of a user.'),
};
type Who = { contact_id?: string | undefined; email?: string | undefined; external_id?: string | undefined };

/** By the same rules as the card. Throws a ToolRefusal without any of the three. */
async function visitOf({ ctx, caller: { workspaceId } }: ToolCall, who: Who): Promise<Found> {
  const email = emailKey(who.email);
  const externalId = idKey(who.external_id);
  if (who.contact_id === undefined && email === null && externalId === null)
    throw new ToolRefusal('invalid', 'Give a contact_id, an email or an external_id.');
  const contact = { id: who.contact_id ?? '', role: 'other' as const, name: null, phone: null };
  const found = await readVisit(ctx, {
    ...{ workspaceId, teammate: null, channel: null, facts: () => null },
    contact: { ...contact, email, externalId },
  });
  if ('screen' in found)
    throw new ToolRefusal('not_installed', 'Intercom no longer accepts the access granted to Referral Desk.');
  return found;
}

const visitOfPerson = (call: ToolCall, { contactId, email, externalId }: Person): Promise<Found> =>
  visitOf(call, {
    contact_id: contactId ?? '-',
    ...(email === null ? {} : { email }),
    ...(externalId === null ? {} : { external_id: externalId }),
  });

const shownReward = z.strictObject({
  recipient: rewardRecipient,
  status: rewardStatus,
  label: text,
  since: text,
  note: text.describe('Why there is no reward, or its receipt or reason.'),
});

const toldShownReward = ({ recipient, status, label, since, note }: ShownReward) => ({
  ...{ recipient, status, label, note, since: since?.toISOString() ?? null },
});

export const getContactReferral = tool({
  name: 'get_contact_referral',
  title: 'Get a contact’s referrals',
  description:
    'Returns what the card in the Inbox shows of a contact: its referrals with referrer, status and what they still need, and where it refers others.',
  input: whoInput,
  output: {
    found: z.boolean(),
    matched_by: z.enum(['link', 'external_id', 'email']).nullable(),
    several_people: z.boolean().describe('Whether several people share the email. Nothing is shown then.'),
    as_of: moment,
    referrals: z.array(
      z.strictObject({
        referral_id: z.string(),
        campaign: z.string(),
        campaign_state: z.enum(campaignStates),
        status: referralStatus,
        status_at: moment,
        reason: text,
        blocked: z.enum(blockCodes).nullable(),
        still_needs: text,
        hints: z.array(z.enum(hintCodes)),
        referrer_name: text,
        rewards: z.array(shownReward),
        joined_at: moment,
      }),
    ),
    referrals_total: z.int(),
    refers_in: z.array(
      z.strictObject({
        campaign: z.string(),
        campaign_state: z.enum(campaignStates),
        share_link: text,
        referrals: z.record(z.string(), z.int()),
        rewards: z.record(z.string(), z.int()),
        joined_at: moment,
      }),
    ),
    refers_in_total: z.int(),
  },
  async run(call, who) {
    const { ctx } = call;
    const visit = await visitOf(call, who);
    const { match } = visit;
    const people = match.outcome === 'matched' ? visit.people : [];
    const referrals = people.flatMap((person) => person.referrals);
    const referrers = people.flatMap((person) => person.referrers);
    return {
      found: referrals.length + referrers.length > 0,
      matched_by: match.outcome === 'matched' ? match.by : null,
      several_people: match.outcome === 'several',
      as_of: ctx.now().toISOString(),
      referrals: referrals.slice(0, shownAtMost).map((stored) => {
        const summary = referralSummary(ctx, visit, stored);
        return {
          referral_id: summary.id,
          ...{ campaign: summary.campaign, campaign_state: summary.campaignState, status: summary.status },
          ...{ status_at: summary.statusAt.toISOString(), reason: summary.reason, blocked: summary.blocked },
          still_needs: summary.outlook?.versions[0] ?? null,
          ...{ hints: [...summary.hints], referrer_name: summary.referrer?.name ?? null },
          rewards: summary.rewards.map(toldShownReward),
          joined_at: summary.joinedAt.toISOString(),
        };
      }),
      referrals_total: referrals.length,
      refers_in: referrers.slice(0, shownAtMost).map((stored) => {
        const summary = referrerSummary(ctx, visit, stored);
        return {
          ...{ campaign: summary.campaign, campaign_state: summary.campaignState, share_link: summary.link },
          ...{ referrals: { ...summary.referrals }, rewards: { ...summary.rewards } },
          joined_at: summary.joinedAt.toISOString(),
        };
      }),
      refers_in_total: referrers.length,
    };
  },
});

export const explainQualification = tool({
  name: 'explain_qualification',
  title: 'Explain a qualification',
  description:
    'Explains the status of a referral: decisions of rules, what blocks it from qualifying, and what it still needs.',
  input: { referral_id: idOf('referral') },
  output: {
    referral_id: z.string(),
    status: referralStatus,
    status_reason: text,
    blocked: z.strictObject({ code: z.enum(blockCodes), reason: z.string() }).nullable(),
    still_needs: text,
    waits: z.array(z.strictObject({ rule: text, until: moment })),
    decisions: z.array(
      z.strictObject({
        at: moment,
        rule: text,
        rule_version: z.int(),
        outcome: z.enum(decisionOutcomes),
        explanation: z.string(),
      }),
    ),
    decisions_total: z.int(),
    url: link,
  },
  async run(call, { referral_id }) {
    const { ctx, caller } = call;
    const id = bare(referral_id);
    const { person } = await readReferral(ctx, caller.workspaceId, id);
    const [page, visit] = await Promise.all([
      readPersonPage(ctx.database.db, caller.workspaceId, person.id),
      visitOfPerson(call, person),
    ]);
    const referral = page?.referrals.find((each) => each.id === id);
    if (!referral) throw new ToolRefusal('not_found', 'Referral not found. Look it up again.');
    const stored = referralOf(visit, id)?.stored;
    const outlook = stored ? referralSummary(ctx, visit, stored).outlook : null;
    return {
      ...{ referral_id: id, status: referral.status, status_reason: referral.statusReason },
      ...{ blocked: referral.blocked, still_needs: outlook?.versions[0] ?? referral.explanation },
      waits: referral.holds.map(({ rule, dueAt }) => ({ rule, until: dueAt.toISOString() })),
      decisions: referral.decisions.slice(0, shownAtMost).map((decision) => ({
        ...{ at: decision.at.toISOString(), rule: decision.rule, rule_version: decision.ruleVersion },
        ...{ outcome: decision.outcome, explanation: decision.explanation },
      })),
      decisions_total: referral.decisions.length,
      url: pageUrl(ctx, `/people/${person.id}`),
    };
  },
});

const rewardItem = z.strictObject({
  reward_id: z.string(),
  referral_id: z.string(),
  recipient: rewardRecipient,
  person: named,
  campaign: named,
  label: z.string(),
  amount: text,
  currency: text,
  status: earnedStatus,
  status_at: moment,
  due_at: moment,
  issued_at: text,
  reference: text,
  reason: text,
});

export const getRewardStatus = tool({
  name: 'get_reward_status',
  title: 'Get the status of rewards',
  description:
    'Returns the rewards of a referral or a contact with status and date, and what the contact’s own referrals earn.',
  input: { referral_id: idOf('referral').optional(), ...whoInput, ...pageInput },
  output: {
    ...pageOutput(rewardItem),
    of_own_referrals: z
      .array(shownReward.extend({ referral_id: z.string(), campaign: z.string(), still_needs: text }))
      .describe('Rewards of this contact’s own referrals, for both sides. Ten at most.'),
  },
  async run(call, { referral_id, limit, cursor, ...who }) {
    const { ctx, caller } = call;
    const { workspaceId } = caller;
    const referral =
      referral_id === undefined ? null : await readReferral(ctx, workspaceId, bare(referral_id));
    const visit = referral ? await visitOfPerson(call, referral.person) : await visitOf(call, who);
    const people = visit.match.outcome === 'matched' ? visit.people : [];
    const personId = people[0]?.id;
    const none = { items: [], next: null };
    const filter = referral ? { referralId: referral.id } : { personId };
    const isKnown = referral !== null || personId !== undefined;
    const page = { limit, after: positionOf(placeIn(cursor)) };
    const [{ items, next }, counts] = await Promise.all([
      isKnown ? listRewards(ctx, workspaceId, filter, page) : none,
      isKnown ? countRewardsByStatus(ctx, workspaceId, filter, countedAtMost) : null,
    ]);
    const ofOwn = people
      .flatMap((person) => person.referrals)
      .filter(({ id }) => referral === null || id === referral.id)
      .map((stored) => referralSummary(ctx, visit, stored))
      .flatMap(({ id, campaign, outlook, rewards }) =>
        rewards.map((reward) => ({
          ...{ referral_id: id, campaign, still_needs: outlook?.versions[0] ?? null },
          ...toldShownReward(reward),
        })),
      );
    return {
      items: items.map(toldReward),
      showing: items.length,
      total: Object.values(counts ?? {}).reduce((sum, count) => sum + count, 0),
      next_cursor: cursorOf(placeOf(next)),
      of_own_referrals: ofOwn.slice(0, shownAtMost),
    };
  },
});

function toldReward({ id, person, campaign, referralId, recipient, label, status, ...reward }: Reward) {
  return {
    ...{ reward_id: id, referral_id: referralId, recipient, label, status },
    person: { id: person.id, name: person.name },
    campaign: { id: campaign.id, name: campaign.name },
    ...{ amount: reward.amount, currency: reward.currency },
    status_at: reward.statusAt.toISOString(),
    due_at: reward.dueAt.toISOString(),
    issued_at: reward.issuedAt?.toISOString() ?? null,
    ...{ reference: reward.reference, reason: reward.reason },
  };
}
