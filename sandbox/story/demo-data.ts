// The referral side of the sandbox's story: campaigns, referrers and referrals, as the past weeks would have left them.
import { randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { slugOf } from '../../src/domain/program/join-page.ts';
import type { Identity } from '../../src/domain/program/program.ts';
import type { ReferralStatus } from '../../src/domain/program/referral.ts';
import type { RuleDefinition } from '../../src/domain/qualification/rule.ts';
import {
  type CampaignRewards,
  type EarnedStatus,
  type RewardApproval,
  type RewardRecipient,
  rewardOfReferral,
  rewardRecipient,
} from '../../src/domain/rewards/reward.ts';
import { changedCampaign, defaultCampaignSettings } from '../../src/domain/workspace/settings.ts';
import { openDatabase, type Tx } from '../../src/store/database.ts';
import { rewards } from '../../src/store/rewards/schema-rewards.ts';
import { campaigns, people, referralHistory, referrals, referrers, rules } from '../../src/store/schema.ts';
import { auditLog } from '../../src/store/workspace/schema-console.ts';
import { newShareCode } from '../../src/usecases/program/share-links.ts';
import { rewardHistory } from '../../src/usecases/rewards/reward-history.ts';
import { plainStage, type Stage } from './demo-enrollment.ts';
import { seededContact } from './seed.ts';

const workspaceId = 'sandbox';
const api = { actor: 'api' as const, actorName: 'Northwind shop' };
const aoife = { actor: 'teammate' as const, actorName: 'Aoife Brennan' };
const app = { actor: 'app' as const, actorName: 'Referral Desk' };
const days = 86_400_000;
const ago = (howManyDays: number) => new Date(Date.now() - howManyDays * days);

/** The rule of Spring and Autumn. Not checked with Intercom as a manager's would be: it knows `plan` from its seed. */
const paidPlan: RuleDefinition = {
  when: { all: [{ attribute: 'custom_attributes.plan', operator: 'is', value: 'pro' }] },
  // biome-ignore lint/suspicious/noThenProperty: the rule's own word; a definition is never awaited.
  then: 'qualify',
};

type By = typeof api | typeof aoife | typeof app;
type Change = {
  status?: ReferralStatus;
  rewards?: Partial<Record<RewardRecipient, EarnedStatus>>;
  daysAgo: number;
  by: By;
  reason: string | null;
};
type Campaign = {
  name: string;
  path: string;
  rewards: CampaignRewards;
  rewardApproval?: RewardApproval;
  daysAgo: number;
  referrer: { email: string; daysAgo: number };
  referrals: { person: Identity; daysAgo: number; changes?: Change[] }[];
};

const spring: Campaign = {
  name: 'Spring',
  path: '/spring',
  rewards: {
    referrer: { label: '10 EUR credit', amount: '10.00', currency: 'EUR', limit_per_person: null },
    friend: null,
  },
  daysAgo: 60,
  referrer: { email: 'top.referrer@example.com', daysAgo: 45 },
  referrals: [
    {
      person: known('qualified.user@example.com'),
      daysAgo: 38,
      changes: [
        {
          status: 'qualified',
          rewards: { referrer: 'due' },
          daysAgo: 31,
          by: aoife,
          reason: 'Paid for the pro plan',
        },
      ],
    },
    {
      person: { email: 'hugo.meyer@example.com', name: 'Hugo Meyer', externalId: null },
      daysAgo: 20,
      changes: [
        {
          status: 'qualified',
          rewards: { referrer: 'due' },
          daysAgo: 16,
          by: api,
          reason: 'Placed an order',
        },
        { status: 'disqualified', daysAgo: 12, by: aoife, reason: 'Order returned within 14 days' },
        {
          rewards: { referrer: 'canceled' },
          daysAgo: 12,
          by: aoife,
          reason: 'The referral was disqualified',
        },
      ],
    },
    { person: known('twin@example.com', 'lead'), daysAgo: 9 },
    { person: known('layla.haddad@example.com'), daysAgo: 6 },
    { person: known('sam.whitaker@example.com', 'lead'), daysAgo: 5 },
    { person: known('two.campaigns@example.com'), daysAgo: 4 },
    { person: known('pending.lead@example.com'), daysAgo: 3 },
    {
      person: { email: 'rafael.costa@example.com', name: 'Rafael Costa', externalId: 'shop-311' },
      daysAgo: 2,
    },
    { person: known('greta.holm@example.com', 'lead'), daysAgo: 0.3 },
  ],
};

const partners: Campaign = {
  name: 'Partners',
  path: '/partners',
  rewards: {
    referrer: { label: 'One month free', amount: null, currency: null, limit_per_person: 12 },
    friend: { label: '20 EUR voucher', amount: '20.00', currency: 'EUR', limit_per_person: null },
  },
  rewardApproval: { above: '15' },
  daysAgo: 60,
  referrer: { email: 'two.campaigns@example.com', daysAgo: 50 },
  referrals: [
    {
      person: known('ben.adler@example.com'),
      daysAgo: 33,
      changes: [
        {
          status: 'qualified',
          rewards: { referrer: 'due', friend: 'due' },
          daysAgo: 25,
          by: api,
          reason: 'Signed the partner agreement',
        },
        { rewards: { referrer: 'approved', friend: 'approved' }, daysAgo: 20, by: aoife, reason: null },
        { rewards: { referrer: 'issued' }, daysAgo: 18, by: aoife, reason: 'Invoice 2026-118' },
        {
          rewards: { friend: 'failed' },
          daysAgo: 18,
          by: api,
          reason: 'The voucher shop did not accept the email address',
        },
      ],
    },
    {
      person: { email: 'mei.tanaka@example.com', name: 'Mei Tanaka', externalId: null },
      daysAgo: 14,
      changes: [
        {
          status: 'qualified',
          rewards: { referrer: 'due', friend: 'due' },
          daysAgo: 8,
          by: api,
          reason: 'Signed the partner agreement',
        },
        { rewards: { friend: 'approved' }, daysAgo: 5, by: aoife, reason: null },
      ],
    },
    {
      person: { email: 'ivo.marek@example.com', name: 'Ivo Marek', externalId: null },
      daysAgo: 45,
      changes: [{ status: 'expired', daysAgo: 15, by: app, reason: 'Not qualified within 30 days' }],
    },
    { person: known('zoe.kallio@example.com'), daysAgo: 7 },
    {
      // One household, one mailbox: an agent has to say which of the two is writing.
      person: { email: 'rafael.costa@example.com', name: 'Rita Costa', externalId: 'shop-312' },
      daysAgo: 2,
    },
  ],
};

/** Referrers are old customers: the program has known their contacts since they joined. */
const linked = ['top.referrer@example.com', 'two.campaigns@example.com'];

function known(email: string, role?: 'lead' | 'user'): Identity {
  return { email, name: seededContact(email, role).name, externalId: null };
}

/** Fills an empty database; one that holds campaigns is left alone. Safe to run again after a kill. */
export async function seedReferrals(databaseUrl: string, stage: Stage = plainStage): Promise<void> {
  const database = openDatabase(databaseUrl, { warn() {} });
  try {
    await database.transaction(async (tx) => {
      const [begun] = await tx
        .select()
        .from(campaigns)
        .where(eq(campaigns.workspaceId, workspaceId))
        .limit(1);
      if (begun) return;
      const springId = await addCampaign(tx, spring, stage);
      await addCampaign(tx, partners, { ...stage, enrollment: null });
      await addRule(tx, springId, new Date());
      await addAutumn(tx, stage);
    });
  } finally {
    await database.close();
  }
}

async function addCampaign(tx: Tx, campaign: Campaign, { siteUrl, enrollment }: Stage): Promise<string> {
  const campaignId = randomUUID();
  const { name, rewards, rewardApproval = null } = campaign;
  const destinationUrl = `${siteUrl}${campaign.path}`;
  const wanted = { name, slug: slugOf(name), destinationUrl, rewards, rewardApproval };
  const createdAt = ago(campaign.daysAgo);
  const settings = enrollment
    ? changedCampaign(defaultCampaignSettings, { enrollment })
    : defaultCampaignSettings;
  await tx
    .insert(campaigns)
    .values({ id: campaignId, workspaceId, platform: 'built-in', ...wanted, settings, createdAt });
  await tx.insert(auditLog).values({
    ...{ workspaceId, at: createdAt, ...api, actorId: 'northwind-shop' },
    ...{
      action: 'campaign.create',
      subjectType: 'campaign' as const,
      subjectId: campaignId,
      details: wanted,
    },
  });
  const referrerId = randomUUID();
  const joinedAt = ago(campaign.referrer.daysAgo);
  const personId = await findOrAddPerson(tx, known(campaign.referrer.email), joinedAt);
  await tx
    .insert(referrers)
    .values({ id: referrerId, workspaceId, campaignId, personId, code: newShareCode(), joinedAt });
  const place = { campaignId, referrerId, referrerPersonId: personId, promised: rewards };
  for (const referral of campaign.referrals) await addReferral(tx, place, referral);
  return campaignId;
}

async function findOrAddPerson(tx: Tx, identity: Identity, createdAt: Date): Promise<string> {
  const { email, externalId } = identity;
  const same = and(eq(people.workspaceId, workspaceId), eq(people.email, email ?? ''));
  const sharing = await tx.select().from(people).where(same);
  const person = sharing.find((candidate) => candidate.externalId === externalId);
  if (person) return person.id;
  const id = randomUUID();
  const contactId = email !== null && linked.includes(email) ? seededContact(email).id : null;
  await tx.insert(people).values({ id, workspaceId, ...identity, contactId, createdAt });
  return id;
}

type Place = {
  campaignId: string;
  referrerId: string;
  referrerPersonId: string;
  promised: CampaignRewards;
};

async function addReferral(
  tx: Tx,
  { referrerPersonId, promised, ...place }: Place,
  { person, daysAgo, changes = [] }: Campaign['referrals'][number],
): Promise<void> {
  const id = randomUUID();
  const joinedAt = ago(daysAgo);
  const state = { status: 'pending', statusAt: joinedAt, statusReason: null } as Standing;
  const personId = await findOrAddPerson(tx, person, joinedAt);
  const own = { workspaceId, referralId: id, campaignId: place.campaignId };
  const earned = new Map<RewardRecipient, typeof rewards.$inferInsert>();
  const history: (typeof referralHistory.$inferInsert)[] = [
    { workspaceId, referralId: id, at: joinedAt, what: 'joined', to: 'pending', ...api },
  ];
  for (const { status, rewards: changed = {}, daysAgo: howLong, by, reason } of changes) {
    const at = ago(howLong);
    const entry = { workspaceId, referralId: id, at, ...by, reason };
    if (status) {
      history.push({ ...entry, what: 'status', from: state.status, to: status });
      Object.assign(state, { status, statusAt: at, statusReason: reason });
    }
    for (const recipient of rewardRecipient.options) {
      const [to, terms] = [changed[recipient], promised[recipient]];
      if (!to || !terms) continue;
      const before = earned.get(recipient);
      const actor = { kind: by.actor, name: by.actorName };
      const { label, amount, currency } = terms;
      const recipientId = recipient === 'referrer' ? referrerPersonId : personId;
      const fresh = {
        ...own,
        id: randomUUID(),
        recipient,
        personId: recipientId,
        label,
        amount,
        currency,
        dueAt: at,
      };
      earned.set(recipient, { ...(before ?? fresh), status: to, ...stamp(to, at, actor, reason) });
      const { actor: _, ...change } = rewardHistory(recipient, before?.status ?? null, to, {
        actor,
        at,
        reason,
      });
      history.push({ ...change, workspaceId, referralId: id, ...by });
    }
  }
  const rewardStatus = rewardOfReferral(
    state.status,
    [...earned.values()].map(({ status }) => status),
  );
  await tx
    .insert(referrals)
    .values({ id, workspaceId, ...place, personId, ...state, rewardStatus, source: 'link', joinedAt });
  await tx.insert(referralHistory).values(history);
  if (earned.size > 0) await tx.insert(rewards).values([...earned.values()]);
}

function stamp(
  status: EarnedStatus,
  at: Date,
  by: { kind: By['actor']; name: string },
  reason: string | null,
): Partial<typeof rewards.$inferInsert> {
  switch (status) {
    case 'due':
      return {};
    case 'approved':
      return { approvedAt: at, approvedBy: by };
    case 'issued':
      return { issuedAt: at, issuedBy: by, reference: reason };
    case 'canceled':
      return { canceledAt: at, canceledBy: by, reason };
    case 'failed':
      return { failedAt: at, reason };
  }
}

type Standing = Pick<typeof referrals.$inferInsert, 'status' | 'statusAt' | 'statusReason'>;

async function addRule(tx: Tx, campaignId: string, at: Date): Promise<void> {
  await tx.insert(rules).values({
    id: randomUUID(),
    workspaceId,
    campaignId,
    name: 'Paid plan',
    version: 1,
    definition: paidPlan,
    enabled: true,
    createdAt: at,
    updatedAt: at,
  });
}

/** Autumn runs on Referral Factory: what is stored here is a copy of it. */
async function addAutumn(tx: Tx, { siteUrl, enrollment }: Stage): Promise<void> {
  const ids = {
    campaign: randomUUID(),
    referrer: randomUUID(),
    referral: randomUUID(),
    ben: randomUUID(),
    noah: randomUUID(),
  };
  await addAutumnCampaign(tx, ids.campaign, `${siteUrl}/autumn`, enrollment);
  const noah = seededContact('factory.lead@example.com');
  await tx.insert(people).values([
    { id: ids.ben, workspaceId, email: 'astrid.berg@example.com', name: 'Astrid Berg', createdAt: ago(26) },
    { id: ids.noah, workspaceId, email: noah.email, name: noah.name, createdAt: ago(2) },
  ]);
  await tx.insert(referrers).values({
    id: ids.referrer,
    workspaceId,
    campaignId: ids.campaign,
    personId: ids.ben,
    code: 'rf-astrid-8812',
    link: 'https://northwind-autumn.referral-factory.com/AsTr1d',
    platformId: '88120',
    joinedAt: ago(26),
  });
  await tx.insert(referrals).values({
    id: ids.referral,
    workspaceId,
    campaignId: ids.campaign,
    personId: ids.noah,
    referrerId: ids.referrer,
    status: 'pending',
    statusAt: ago(2),
    rewardStatus: 'none',
    source: 'platform',
    joinedAt: ago(2),
    platformId: '88475',
    copiedAt: ago(0.05),
  });
  await tx.insert(referralHistory).values({
    workspaceId,
    referralId: ids.referral,
    at: ago(2),
    what: 'joined',
    to: 'pending',
    actor: 'platform',
    actorName: 'Referral Factory',
  });
}

async function addAutumnCampaign(
  tx: Tx,
  id: string,
  destinationUrl: string,
  enrollment: Stage['enrollment'],
): Promise<void> {
  await tx.insert(campaigns).values({
    id,
    workspaceId,
    name: 'Autumn',
    platform: 'referral-factory',
    platformId: '4021',
    destinationUrl,
    settings: changedCampaign(defaultCampaignSettings, { enrollment }),
    rewards: {
      referrer: { label: '15 EUR credit', amount: '15.00', currency: 'EUR', limit_per_person: null },
      friend: null,
    },
    createdAt: ago(28),
  });
  await addRule(tx, id, ago(28));
}
