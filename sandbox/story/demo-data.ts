// The referral side of the sandbox's story: campaigns, referrers and referrals, made through the app's own use cases.
import { randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import type { Identity } from '../../src/domain/program/program.ts';
import type { RuleDefinition } from '../../src/domain/qualification/rule.ts';
import { changedCampaign, defaultCampaignSettings } from '../../src/domain/workspace/settings.ts';
import { newShareCode } from '../../src/referrals/built-in/share-code.ts';
import { type Database, openDatabase, type Tx } from '../../src/store/database.ts';
import { createCampaignStore } from '../../src/store/program/campaigns.ts';
import { peopleStore } from '../../src/store/program/people.ts';
import { createReferralStore } from '../../src/store/program/referrals.ts';
import { createReferrerStore } from '../../src/store/program/referrers.ts';
import { campaigns, people, referralHistory, referrals, referrers, rules } from '../../src/store/schema.ts';
import { createAuditStore } from '../../src/store/workspace/audit.ts';
import { createProgram, type Program } from '../../src/usecases/program/program.ts';
import { createAudit } from '../../src/usecases/workspace/audit.ts';
import { plainStage, type Stage } from './demo-enrollment.ts';
import { seededContact } from './seed.ts';

const workspaceId = 'sandbox';
const api = { kind: 'api' as const, name: 'Northwind shop' };
const shop = { ...api, id: 'northwind-shop' };
const teammate = (name: string) => ({ kind: 'teammate' as const, name });
const days = 86_400_000;
/** The rule of Spring and Autumn. Not checked with Intercom as a manager's would be: it knows `plan` from its seed. */
const paidPlan: RuleDefinition = {
  when: { all: [{ attribute: 'custom_attributes.plan', operator: 'is', value: 'pro' }] },
  // biome-ignore lint/suspicious/noThenProperty: the rule's own word; nobody awaits a definition.
  then: 'qualify',
};

/** Fills an empty database; one that holds other campaigns is somebody's and left alone. Safe to run again after a kill. */
export async function seedReferrals(
  databaseUrl: string,
  publicUrl: string,
  stage: Stage = plainStage,
): Promise<void> {
  const database = openDatabase(databaseUrl, { warn() {} });
  try {
    const names = await database.db
      .select({ name: campaigns.name })
      .from(campaigns)
      .where(eq(campaigns.workspaceId, workspaceId));
    const unfinished = names.every(({ name }) => name === 'Spring' || name === 'Partners');
    if (unfinished) await tell(database, publicUrl, stage);
  } finally {
    await database.close();
  }
}

async function tell(database: Database, publicUrl: string, stage: Stage): Promise<void> {
  // The story happened in the past few weeks, so its clock is set for each event.
  const clock = { now: new Date() };
  const ago = (howManyDays: number) => {
    clock.now = new Date(Date.now() - howManyDays * days);
  };
  const program = createProgram({
    audit: createAudit({ store: createAuditStore(database), now: () => clock.now }),
    transaction: database.transaction,
    stores: {
      campaigns: createCampaignStore(database),
      people: peopleStore,
      referrers: createReferrerStore(database),
      referrals: createReferralStore(database),
    },
    now: () => clock.now,
    newId: randomUUID,
    newShareCode,
    // The story is long past: Intercom is told with the first change that happens while somebody looks, and who joined
    // then is a contact already.
    planWriteBack: async () => {},
    planEnrollment: async () => {},
    planWaiting: async () => {},
    publicUrl,
  });
  ago(60);
  const spring = await campaign(program, 'Spring', `${stage.siteUrl}/spring`, '10 EUR credit');
  const partners = await campaign(program, 'Partners', `${stage.siteUrl}/partners`, 'One month free');
  await tellSpring(program, spring, ago);
  await tellPartners(program, partners, ago);
  await linkReferrers(database);
  await database.transaction((tx) => addRule(tx, spring, clock.now));
  await open(program, spring, stage);
  await copyAutumn(database, stage);
}

/** From now on whoever joins becomes a contact. */
async function open(program: Program, campaignId: string, { enrollment }: Stage): Promise<void> {
  if (enrollment) await program.changeCampaign(workspaceId, campaignId, { settings: { enrollment } }, shop);
}

/** Once, however often the story is told. */
async function addRule(tx: Tx, campaignId: string, at: Date): Promise<void> {
  const known = await tx.select().from(rules).where(eq(rules.campaignId, campaignId));
  if (known.length > 0) return;
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

/** After a kill half-way the campaign is there already. */
async function campaign(
  program: Program,
  name: string,
  destinationUrl: string,
  reward: string,
): Promise<string> {
  const { items } = await program.campaigns(workspaceId, { limit: 10, after: null });
  const known = items.find((one) => one.name === name);
  const wanted = { name, destinationUrl, reward };
  return (known ?? (await program.createCampaign(workspaceId, wanted, shop))).id;
}

async function tellSpring(program: Program, campaignId: string, ago: (days: number) => void): Promise<void> {
  ago(45);
  const tomas = await joinAsReferrer(program, campaignId, 'top.referrer@example.com');
  const join = (person: Identity) => program.addReferral(workspaceId, { code: tomas, person }, api);
  ago(38);
  const lena = await join(known('qualified.user@example.com'));
  ago(31);
  const paid = { actor: teammate('Aoife Brennan'), reason: 'Paid for the pro plan' };
  await program.change(workspaceId, lena.referral.id, 'qualify', paid);
  ago(20);
  const hugo = await join({ email: 'hugo.meyer@example.com', name: 'Hugo Meyer', externalId: null });
  ago(12);
  const returned = { actor: teammate('Aoife Brennan'), reason: 'Order returned within 14 days' };
  await program.change(workspaceId, hugo.referral.id, 'disqualify', returned);
  ago(9);
  await join(known('twin@example.com'));
  ago(6);
  await join(known('layla.haddad@example.com'));
  ago(5);
  await join(known('sam.whitaker@example.com', 'lead'));
  ago(4);
  await join(known('two.campaigns@example.com'));
  ago(3);
  await join(known('pending.lead@example.com'));
  ago(2);
  await join({ email: 'rafael.costa@example.com', name: 'Rafael Costa', externalId: 'shop-311' });
  ago(0.3);
  await join(known('greta.holm@example.com', 'lead'));
}

async function tellPartners(
  program: Program,
  campaignId: string,
  ago: (days: number) => void,
): Promise<void> {
  ago(50);
  const priya = await joinAsReferrer(program, campaignId, 'two.campaigns@example.com');
  const join = (person: Identity) => program.addReferral(workspaceId, { code: priya, person }, api);
  ago(33);
  const ben = await join(known('ben.adler@example.com'));
  ago(25);
  await program.change(workspaceId, ben.referral.id, 'qualify', {
    actor: api,
    reason: 'Signed the partner agreement',
  });
  ago(18);
  await program.change(workspaceId, ben.referral.id, 'issue-reward', {
    actor: teammate('Aoife Brennan'),
    reason: null,
  });
  ago(7);
  await join(known('zoe.kallio@example.com'));
  ago(2);
  // One household, one mailbox: an agent has to say which of the two is writing.
  await join({ email: 'rafael.costa@example.com', name: 'Rita Costa', externalId: 'shop-312' });
}

async function joinAsReferrer(program: Program, campaignId: string, email: string): Promise<string> {
  const { referrer } = await program.addReferrer(workspaceId, { campaignId, person: known(email) });
  return referrer.code;
}

function known(email: string, role?: 'lead' | 'user'): Identity {
  const contact = seededContact(email, role ?? (email === 'twin@example.com' ? 'lead' : undefined));
  return { email, name: contact.name, externalId: null };
}

/** Referrers are customers of old, whose contacts the program has known since they joined. */
async function linkReferrers({ db }: Database): Promise<void> {
  for (const email of ['top.referrer@example.com', 'two.campaigns@example.com']) {
    const { id } = seededContact(email);
    await db
      .update(people)
      .set({ contactId: id })
      .where(and(eq(people.workspaceId, workspaceId), eq(people.email, email)));
  }
}

/** Autumn runs on Referral Factory: what is stored here is a copy of it. Last, for it marks the story as told. */
async function copyAutumn({ transaction }: Database, { siteUrl, enrollment }: Stage): Promise<void> {
  const ids = {
    campaign: randomUUID(),
    referrer: randomUUID(),
    referral: randomUUID(),
    ben: randomUUID(),
    noah: randomUUID(),
  };
  const at = (howManyDays: number) => new Date(Date.now() - howManyDays * days);
  const noah = seededContact('factory.lead@example.com');
  await transaction(async (tx) => {
    const platform = 'referral-factory' as const;
    await tx.insert(campaigns).values({
      id: ids.campaign,
      workspaceId,
      name: 'Autumn',
      platform,
      platformId: '4021',
      destinationUrl: `${siteUrl}/autumn`,
      settings: changedCampaign(defaultCampaignSettings, { enrollment }),
      reward: '15 EUR credit',
      createdAt: at(28),
    });
    await addRule(tx, ids.campaign, at(28));
    await tx.insert(people).values([
      { id: ids.ben, workspaceId, email: 'astrid.berg@example.com', name: 'Astrid Berg', createdAt: at(26) },
      { id: ids.noah, workspaceId, email: noah.email, name: noah.name, createdAt: at(2) },
    ]);
    await tx.insert(referrers).values({
      id: ids.referrer,
      workspaceId,
      campaignId: ids.campaign,
      personId: ids.ben,
      code: 'rf-astrid-8812',
      link: 'https://northwind-autumn.referral-factory.com/AsTr1d',
      platformId: '88120',
      joinedAt: at(26),
    });
    await tx.insert(referrals).values({
      id: ids.referral,
      workspaceId,
      campaignId: ids.campaign,
      personId: ids.noah,
      referrerId: ids.referrer,
      status: 'pending',
      statusAt: at(2),
      rewardStatus: 'none',
      source: 'platform',
      joinedAt: at(2),
      platformId: '88475',
      copiedAt: at(0.05),
    });
    await tx.insert(referralHistory).values({
      workspaceId,
      referralId: ids.referral,
      at: at(2),
      what: 'joined',
      to: 'pending',
      actor: 'platform',
      actorName: 'Referral Factory',
    });
  });
}
