// Copies an outside platform's records into this app's, which the card and rules read.
import type { Context } from '../../context.ts';
import {
  type DriftKind,
  isOutside,
  type OutsidePlatform,
  type PersonHint,
  type PlatformPerson,
  type PlatformStatus,
  platforms,
} from '../../domain/platforms/platform.ts';
import type { Identity, ReferralActor } from '../../domain/program/program.ts';
import { type PlatformName, type ReferralState, transition } from '../../domain/program/referral.ts';
import { pastMoment } from '../../domain/time.ts';
import { Failure } from '../../failure.ts';
import type { Tx } from '../../store/database.ts';
import type { ConnectionKey } from '../../store/platforms/connections.ts';
import {
  findCopiedCampaign,
  findCopiedReferrer,
  insertCopiedCampaign,
  isStatusChanging,
  lockCopiedReferral,
  touchCopies,
  updateShareLink,
  upsertCopiedReferral,
  upsertCopiedReferrer,
} from '../../store/platforms/copies.ts';
import type { TrackedReferral } from '../../store/program/referral-status.ts';
import { insertHistory } from '../../store/program/referrals.ts';
import { planEnrollment } from '../enrollment/plan-enrollment.ts';
import { writeStatus } from '../program/change-status.ts';
import { askIfDoubtful } from '../program/doubtful.ts';
import { identifyPerson } from '../program/people.ts';
import { newShareCode } from '../program/share-links.ts';
import { planWriteBack } from '../runs/plan-write-back.ts';

export type CopyDifference = {
  kind: DriftKind;
  platformId: string;
  here: string | null;
  there: string | null;
};

export function outsidePlatform(ctx: Context, name: PlatformName): OutsidePlatform {
  if (isOutside(name)) return ctx.platforms[name];
  throw new Error('nothing is copied from the built-in platform');
}

export function byPlatform(platform: PlatformName): ReferralActor {
  return { kind: 'platform', id: null, name: platforms[platform].name };
}

/** A hint makes us read the person again; a person unknown to the platform waits for the next pass. */
export async function copyHintedPerson(ctx: Context, key: ConnectionKey, hint: PersonHint): Promise<void> {
  const person = await outsidePlatform(ctx, key.platform).findPerson(key.workspaceId, hint);
  if (person) await copyPerson(ctx, key, person, { repair: true });
}

/** Null when nothing differs. Without `repair`, only looks. */
export async function copyPerson(
  ctx: Context,
  key: ConnectionKey,
  person: PlatformPerson,
  { repair }: { repair: boolean },
): Promise<CopyDifference | null> {
  const campaign = await findCopiedCampaign(ctx.database.db, key, person.campaignId);
  if (!campaign && !repair) return missing(person);
  const { id: campaignId } = campaign ?? (await copyCampaign(ctx, key, person.campaignId));
  const here = { ...person, campaignId };
  if (person.role === 'referrer') return copyReferrer(ctx, key.workspaceId, here, repair);
  if (!repair) return copyReferral(ctx, key, here, repair);
  const referrerId = await referrerOf(ctx, key, campaignId, person);
  return copyReferral(ctx, key, { ...here, referrerId }, repair);
}

async function copyCampaign(ctx: Context, key: ConnectionKey, platformId: string): Promise<{ id: string }> {
  const { workspaceId, platform } = key;
  const campaigns = await outsidePlatform(ctx, platform).campaigns(workspaceId);
  const campaign = campaigns.find((candidate) => candidate.platformId === platformId);
  if (!campaign) {
    throw new Failure('bad-upstream', `${platform} has a person in a campaign that it does not list`);
  }
  const row = { ...campaign, id: ctx.newId(), createdAt: ctx.now() };
  return insertCopiedCampaign(ctx.database.db, key, row);
}

async function copyReferrer(
  ctx: Context,
  workspaceId: string,
  person: PlatformPerson,
  repair: boolean,
): Promise<CopyDifference | null> {
  const { db } = ctx.database;
  const known = await findCopiedReferrer(db, workspaceId, person.campaignId, person.platformId);
  if (known && known.link === person.link) return null;
  if (repair && known) await updateShareLink(db, workspaceId, known.id, person.link);
  else if (repair) await addCopiedReferrer(ctx, workspaceId, person);
  if (!known) return missing(person);
  return { kind: 'different', platformId: person.platformId, here: known.link, there: person.link };
}

function addCopiedReferrer(ctx: Context, workspaceId: string, person: PlatformPerson): Promise<string> {
  return ctx.database.transaction(async (tx) => {
    const { campaignId, platformId, code, link, joinedAt, extra } = person;
    const known = await findCopiedReferrer(tx, workspaceId, campaignId, platformId);
    if (known) return known.id;
    const { id: personId } = await identifyPerson(ctx, tx, workspaceId, identityOf(person));
    const row = { id: ctx.newId(), campaignId, personId, platformId, code, link, joinedAt, extra };
    const { id, added } = await upsertCopiedReferrer(tx, workspaceId, row, newShareCode);
    if (added) await planEnrollment(ctx, tx, workspaceId, { side: 'referrers', id });
    return id;
  });
}

/** Referred people may refer others, whatever the platform calls them. */
async function referrerOf(
  ctx: Context,
  { workspaceId, platform }: ConnectionKey,
  campaignId: string,
  person: PlatformPerson,
): Promise<string | null> {
  if (person.referrerId === null) return null;
  const known = await findCopiedReferrer(ctx.database.db, workspaceId, campaignId, person.referrerId);
  if (known) return known.id;
  const referrer = await outsidePlatform(ctx, platform).findPerson(workspaceId, { id: person.referrerId });
  return referrer && addCopiedReferrer(ctx, workspaceId, { ...referrer, campaignId });
}

function copyReferral(
  ctx: Context,
  key: ConnectionKey,
  person: PlatformPerson,
  repair: boolean,
): Promise<CopyDifference | null> {
  const { workspaceId } = key;
  return ctx.database.transaction(async (tx) => {
    const known = await lockCopiedReferral(tx, workspaceId, person.campaignId, person.platformId);
    if (known) return followStatus(ctx, tx, workspaceId, known, person, repair);
    if (repair) await addCopiedReferral(ctx, tx, key, person);
    return missing(person);
  });
}

async function addCopiedReferral(
  ctx: Context,
  tx: Tx,
  { workspaceId, platform }: ConnectionKey,
  person: PlatformPerson,
): Promise<void> {
  const { id: personId } = await identifyPerson(ctx, tx, workspaceId, identityOf(person));
  const { campaignId, referrerId, platformId, joinedAt, extra } = person;
  const { id, added } = await upsertCopiedReferral(tx, workspaceId, {
    ...{ id: ctx.newId(), campaignId, personId, referrerId, platformId, joinedAt, extra },
    copiedAt: ctx.now(),
  });
  if (added) {
    const entry = { what: 'joined' as const, from: null, to: 'pending', reason: null, at: joinedAt };
    await insertHistory(tx, workspaceId, id, [{ ...entry, actor: byPlatform(platform) }]);
    await planEnrollment(ctx, tx, workspaceId, { side: 'leads', id });
    await planWriteBack(ctx, tx, workspaceId, id);
  }
  const known = await lockCopiedReferral(tx, workspaceId, campaignId, platformId);
  if (known) await followStatus(ctx, tx, workspaceId, known, person, true);
}

async function followStatus(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  here: TrackedReferral,
  { standing, platformId }: Pick<PlatformPerson, 'platformId' | 'standing'>,
  repair: boolean,
): Promise<CopyDifference | null> {
  const now = ctx.now();
  if (agrees(here, standing, now) || (await isStatusChanging(tx, workspaceId, here.id))) {
    await touchCopies(tx, workspaceId, [here.id], now);
    return null;
  }
  const kind = here.status === 'qualified' && standing.status === 'pending' ? 'unqualified' : 'different';
  const difference: CopyDifference = { kind, platformId, here: here.status, there: standing.status };
  if (!repair) return difference;
  const state = stateAsThere(here, standing);
  // Something keeps it from qualifying here: the difference stays, and a later pass copies it once nothing does.
  if (state.status === here.status) {
    if (standing.status === 'qualified') await askIfDoubtful(ctx, tx, workspaceId, here.id, here.block);
    await touchCopies(tx, workspaceId, [here.id], now);
    return difference;
  }
  await writeStatus(ctx, tx, workspaceId, here, {
    ...state,
    actor: byPlatform(here.platform),
    statusReason: `Copied from ${platforms[here.platform].name}`,
    statusAt: pastMoment(standing.at, now) ?? now,
    localOnly: false,
    saleValue: null,
  });
  return difference;
}

/** A status that the platform cannot store stays until the platform reports something newer. */
export function agrees(here: TrackedReferral, there: PlatformStatus, now: Date): boolean {
  if (here.status === there.status) return true;
  if (!here.localOnly) return false;
  const at = pastMoment(there.at, now);
  return there.status === 'pending' || at === null || at <= here.statusAt;
}

/** Via pending when no single change leads there. */
function stateAsThere(here: TrackedReferral, there: PlatformStatus): ReferralState {
  const changes = {
    pending: 'reopen',
    qualified: 'qualify',
    disqualified: 'disqualify',
    expired: 'expire',
  } as const;
  const change = changes[there.status];
  const direct = transition(here, change, here.block);
  const reopened = direct.outcome === 'refused' ? transition(here, 'reopen', here.block) : null;
  const next = reopened?.outcome === 'changed' ? transition(reopened, change, here.block) : direct;
  return { status: next.outcome === 'changed' ? next.status : here.status };
}

function identityOf(person: PlatformPerson): Identity {
  return { email: person.email, name: person.name, externalId: null };
}

function missing(person: PlatformPerson): CopyDifference {
  return {
    kind: 'missing',
    platformId: person.platformId,
    here: null,
    there: person.role === 'referrer' ? 'referrer' : person.standing.status,
  };
}
