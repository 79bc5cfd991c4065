// A test person's way through a campaign: joined, qualified and rewarded by the real program in a transaction that is rolled back.
import { randomUUID } from 'node:crypto';
import type { Context } from '../../context.ts';
import type { EnrollmentSide } from '../../domain/enrollment/enrollment.ts';
import { ruleSentence } from '../../domain/qualification/rule-sentence.ts';
import { capital } from '../../domain/words.ts';
import type { IdentifiedActor } from '../../domain/workspace/audit.ts';
import type { WorkspaceSettings } from '../../domain/workspace/settings.ts';
import { Failure } from '../../failure.ts';
import type { Tx } from '../../store/database.ts';
import { findCampaign } from '../../store/program/campaigns.ts';
import { findReferral } from '../../store/program/referrals.ts';
import { findReferrer } from '../../store/program/referrers.ts';
import { enabledRules } from '../../store/qualification/rules.ts';
import { rewardPage } from '../../store/rewards/rewards.ts';
import { readSettings } from '../../store/workspace/settings.ts';
import { type Preview, previewEnrollment } from '../enrollment/enrollment-setup.ts';
import { found } from '../found.ts';
import { refuseOutside } from '../program/campaigns.ts';
import { changeStatus } from '../program/change-status.ts';
import { joinAsReferral } from '../program/referrals.ts';
import { joinAsReferrer } from '../program/referrers.ts';
import { shareLinkOf } from '../program/share-links.ts';

/** `look` where people are stopped or something is missing. `page` is the campaign's page that decides it, or the workspace's. */
export type RehearsalStep = {
  name: string;
  state: 'works' | 'nothing' | 'look';
  says: string[];
  page: string;
};

/** What is written back is the same for all campaigns. */
export const workspaceSettingsPage = 'workspace';

type Way = Awaited<ReturnType<typeof walk>>;

/** Never a real address: mail to example.com goes nowhere. */
const testPerson = (name: string, id: string) => ({
  name: `Test ${name}`,
  email: `test-${name.toLowerCase()}-${id}@example.com`,
  externalId: null,
});

/**
 * Leaves nothing behind, and sends nothing: what the program writes for the two test people is rolled back, and what
 * Intercom would get is a preview. Rejects with `not-found`, and with `conflict` on another platform's campaign.
 */
export async function rehearseCampaign(
  ctx: Context,
  workspaceId: string,
  campaignId: string,
  actor: IdentifiedActor,
  timeZone: string,
): Promise<RehearsalStep[]> {
  const campaign = found(await findCampaign(ctx.database.db, workspaceId, campaignId), 'campaign');
  refuseOutside(campaign);
  const id = randomUUID().slice(0, 8);
  const [referrer, friend] = [testPerson('Referrer', id), testPerson('Friend', id)];
  const seen = await previewed(ctx, workspaceId, campaign, { referrer, friend });
  const { enrollment } = campaign.settings;
  const { write_back: back } = await readSettings(ctx.database.db, workspaceId);
  const way = await rolledBack(ctx, (tx) =>
    walk(ctx, tx, workspaceId, { campaign, referrer, friend, actor }),
  );
  return [
    step('The referrer joins', '/join-page', way.problemOfJoining, [
      `${referrer.name} (${referrer.email}) gets the link ${way.link}`,
    ]),
    inIntercom('The referrer in Intercom', '/referrers', enrollment.referrers, seen.referrers),
    step('A friend joins by the link', '/join-page', way.problemOfJoining, [
      `${friend.name} (${friend.email}) is a pending referral.`,
    ]),
    inIntercom('The friend in Intercom', '/leads', enrollment.leads, seen.leads),
    ruleStep(way, timeZone),
    step('The referral qualifies', '/rules', way.problemOfQualifying, [
      way.rule
        ? `If rule ${way.rule.name} is met, the referral is ${way.status}.`
        : `A teammate sets it to ${way.status}.`,
    ]),
    rewardStep(way),
    writeBackStep(way, back),
  ];
}

function step(name: string, page: string, problem: string | null, says: string[]): RehearsalStep {
  return problem === null
    ? { name, page, state: 'works', says }
    : { name, page, state: 'look', says: [problem] };
}

function inIntercom(
  name: string,
  page: string,
  { action }: Pick<EnrollmentSide, 'action'>,
  preview: Preview | string,
): RehearsalStep {
  if (action === 'nothing')
    return { name, page, state: 'nothing', says: ['The campaign does nothing there.'] };
  const problem = typeof preview === 'string' ? preview : preview.problem;
  if (typeof preview === 'string' || problem !== null) return step(name, page, problem, []);
  const filled = preview.rows.filter(({ value }) => value !== null).length;
  const fields = filled === 1 ? 'one field' : `${filled} fields`;
  const says = [
    `A ${preview.contact.role} with ${fields} is created, unless Intercom has the person already.`,
  ];
  return { name, page, state: 'works', says };
}

function ruleStep({ rules }: Way, timeZone: string): RehearsalStep {
  const name = 'A rule decides';
  if (rules.length === 0) {
    const says = ['No rule. Only a teammate, a list or the API can qualify referrals.'];
    return { name, page: '/rules', state: 'look', says };
  }
  const says = rules.map(
    ({ name: ruleName, definition }) => `${ruleName}: ${ruleSentence(definition, timeZone)}`,
  );
  return { name, page: '/rules', state: 'works', says };
}

function rewardStep({ rewards, promises, problemOfQualifying }: Way): RehearsalStep {
  const [name, page] = ['Rewards fall due', ''];
  if (!promises) return { name, page, state: 'nothing', says: ['The campaign promises no reward.'] };
  if (problemOfQualifying !== null)
    return { name, page, state: 'look', says: ['None: it does not qualify.'] };
  const says = rewards.map(
    ({ label, recipient, status }) =>
      `${label} for the ${recipient}: ${status}${status === 'due' ? ', listed under Rewards' : ''}.`,
  );
  return {
    name,
    page,
    state: rewards.length > 0 ? 'works' : 'look',
    says: says.length > 0 ? says : ['None is due.'],
  };
}

function writeBackStep(
  { problemOfQualifying }: Way,
  { attributes, tag, event }: WorkspaceSettings['write_back'],
): RehearsalStep {
  const problem = problemOfQualifying === null ? null : 'Nothing: it does not qualify.';
  const written = [
    ...(attributes ? ['the attributes, such as referral_status: Qualified'] : []),
    ...(tag ? ['the tag Referred'] : []),
    ...(event ? ['the event referral-qualified'] : []),
  ];
  return step('Written back to Intercom', workspaceSettingsPage, problem, [
    written.length === 0
      ? 'Nothing, because write-back is switched off.'
      : `The friend’s contact gets ${written.join(', ')}.`,
  ]);
}

type Parties = { referrer: ReturnType<typeof testPerson>; friend: ReturnType<typeof testPerson> };
type Campaign = NonNullable<Awaited<ReturnType<typeof findCampaign>>>;

/** Outside the transaction, because it may ask Intercom for its attributes. */
async function previewed(ctx: Context, workspaceId: string, campaign: Campaign, parties: Parties) {
  const look = (side: 'leads' | 'referrers', person: Parties['friend']) =>
    previewEnrollment(ctx, workspaceId, campaign, { side, person, extra: {} }).catch(messageOf);
  return { leads: await look('leads', parties.friend), referrers: await look('referrers', parties.referrer) };
}

async function walk(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  { campaign, referrer, friend, actor }: Parties & { campaign: Campaign; actor: IdentifiedActor },
) {
  const rules = (await enabledRules(tx, workspaceId, ctx.now())).filter(
    ({ campaignId }) => campaignId === campaign.id,
  );
  const rule = rules.find(({ definition }) => definition.then === 'qualify') ?? null;
  const promises = campaign.rewards.referrer !== null || campaign.rewards.friend !== null;
  const nothing = { rules, rule, promises, link: '', status: 'pending', rewards: [] };
  try {
    const { id: referrerId } = await joinAsReferrer(
      ctx,
      tx,
      workspaceId,
      { campaign, person: referrer },
      null,
    );
    const known = found(await findReferrer(tx, workspaceId, { id: referrerId }), 'referrer');
    const byLink = { campaign, referrer: known, person: friend, source: 'link' as const };
    const person = { kind: 'person' as const, id: null, name: friend.name };
    const { id } = await joinAsReferral(ctx, tx, workspaceId, byLink, person);
    const by = rule ? { kind: 'rule' as const, id: rule.id, name: rule.name } : actor;
    const change = { change: 'qualify' as const, actor: by, reason: 'A test' };
    const problemOfQualifying = await changeStatus(ctx, tx, workspaceId, id, change).then(
      () => null,
      messageOf,
    );
    const referral = found(await findReferral(tx, workspaceId, id), 'referral');
    const rewards = await rewardPage(tx, workspaceId, { referralId: id }, { limit: 10, after: null });
    const link = shareLinkOf(ctx, known);
    const { status } = referral;
    return {
      ...{ ...nothing, link, status, rewards: rewards.items },
      ...{ problemOfJoining: null, problemOfQualifying },
    };
  } catch (error) {
    const problemOfJoining = messageOf(error);
    return { ...nothing, problemOfJoining, problemOfQualifying: 'No one has joined.' };
  }
}

function messageOf(error: unknown): string {
  if (error instanceof Failure) return capital(error.message);
  throw error;
}

/** Nothing of it commits, whatever happens. */
async function rolledBack<T>(ctx: Context, work: (tx: Tx) => Promise<T>): Promise<T> {
  const end: { result: T }[] = [];
  // A Failure, because only after one the connection, with all that is planned on it, is used again.
  const rollback = new Failure('conflict', 'A rehearsal was rolled back.');
  await ctx.database
    .preparedTransaction(async (tx) => {
      end.push({ result: await work(tx) });
      throw rollback;
    })
    .catch((error: unknown) => {
      if (error !== rollback) throw error;
    });
  const [done] = end;
  if (!done) throw new Error('a rehearsal ended without a result');
  return done.result;
}
