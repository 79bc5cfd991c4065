// Copies what an outside referral platform says into this app's own records, which the card and the rules look at.

import type { Member, MemberHint, Source, Standing } from '../../domain/platforms/platform.ts';
import { changesOf, type HistoryEntry, type Identity } from '../../domain/program/program.ts';
import { type PlatformName, type ReferralState, transition } from '../../domain/program/referral.ts';
import { Failure } from '../../failure.ts';
import { identify } from '../program/joining.ts';
import type { TrackedReferral } from '../program/status-change.ts';
import type { CopyingDeps } from './copying-edges.ts';

/** What differed between here and there. */
export type Difference = {
  kind: 'missing' | 'different' | 'unqualified' | 'deleted';
  platformId: string;
  here: string | null;
  there: string | null;
};

export type Copying<Tx> = ReturnType<typeof createCopying<Tx>>;

export function createCopying<Tx>(deps: CopyingDeps<Tx>) {
  const { copies, referrals } = deps.stores;

  function sourceOf(platform: PlatformName): Source {
    const { source, name } = deps.platforms[platform];
    if (source === null) throw new Error(`nothing is copied from ${name}`);
    return source;
  }

  /** A hook's hint is acted on by reading again; whom the platform does not know is left to the poll. */
  async function readAgain(workspaceId: string, platform: PlatformName, hint: MemberHint): Promise<void> {
    const member = await sourceOf(platform).member(workspaceId, hint);
    if (member) await copy(workspaceId, platform, member, { repair: true });
  }

  /** Null when what is here says the same. Without `repair` nothing is changed. */
  async function copy(
    workspaceId: string,
    platform: PlatformName,
    member: Member,
    { repair }: { repair: boolean },
  ): Promise<Difference | null> {
    const campaign = await copies.campaign(workspaceId, platform, member.campaignId);
    if (!campaign && !repair) return missing(member);
    const { id: campaignId } = campaign ?? (await copyCampaign(workspaceId, platform, member.campaignId));
    if (member.role === 'referrer') {
      return copyReferrer(workspaceId, { ...member, campaignId }, repair);
    }
    const referrerId = repair ? await referrerOf(workspaceId, platform, campaignId, member) : null;
    return copyReferral(workspaceId, platform, { ...member, campaignId, referrerId }, repair);
  }

  async function copyCampaign(workspaceId: string, platform: PlatformName, platformId: string) {
    const all = await sourceOf(platform).campaigns(workspaceId);
    const found = all.find((one) => one.platformId === platformId);
    if (!found) {
      throw new Failure('bad-upstream', `${platform} has somebody in a campaign that it does not list`);
    }
    await copies.addCampaign(workspaceId, platform, { ...found, id: deps.newId(), createdAt: deps.now() });
    const added = await copies.campaign(workspaceId, platform, platformId);
    if (!added) throw new Error('a copied campaign is not there');
    return added;
  }

  async function copyReferrer(
    workspaceId: string,
    member: Member,
    repair: boolean,
  ): Promise<Difference | null> {
    const known = await copies.referrer(workspaceId, member.campaignId, member.platformId);
    if (known && known.link === member.link) return null;
    if (repair && known) {
      await deps.transaction((tx) => copies.setLink(tx, workspaceId, known.id, member.link));
    } else if (repair) {
      await addReferrer(workspaceId, member);
    }
    return known
      ? { kind: 'different', platformId: member.platformId, here: known.link, there: member.link }
      : missing(member);
  }

  async function addReferrer(workspaceId: string, member: Member): Promise<string> {
    return deps.transaction(async (tx) => {
      const known = await copies.referrer(workspaceId, member.campaignId, member.platformId);
      if (known) return known.id;
      const person = await identify(deps, tx, workspaceId, identityOf(member));
      const { campaignId, platformId, code, link, joinedAt, extra } = member;
      const row = {
        id: deps.newId(),
        campaignId,
        personId: person.id,
        platformId,
        code,
        link,
        joinedAt,
        extra,
      };
      const { id, added } = await copies.putReferrer(tx, workspaceId, row);
      if (added) await deps.planEnrollment(tx, workspaceId, { side: 'referrers', id });
      return id;
    });
  }

  /** Somebody who was referred may refer others in turn: whoever referred is a referrer here, whatever the platform calls them. */
  async function referrerOf(
    workspaceId: string,
    platform: PlatformName,
    campaignId: string,
    member: Member,
  ): Promise<string | null> {
    if (member.referrerId === null) return null;
    const known = await copies.referrer(workspaceId, campaignId, member.referrerId);
    if (known) return known.id;
    const referrer = await sourceOf(platform).member(workspaceId, { id: member.referrerId });
    return referrer && addReferrer(workspaceId, { ...referrer, campaignId });
  }

  async function copyReferral(
    workspaceId: string,
    platform: PlatformName,
    member: Member,
    repair: boolean,
  ): Promise<Difference | null> {
    return deps.transaction(async (tx) => {
      const known = await copies.referral(tx, workspaceId, member.campaignId, member.platformId);
      if (known) return follow(tx, workspaceId, platform, known, member, repair);
      if (!repair) return missing(member);
      await join(tx, workspaceId, platform, member);
      return missing(member);
    });
  }

  async function join(tx: Tx, workspaceId: string, platform: PlatformName, member: Member): Promise<void> {
    const { id: personId } = await identify(deps, tx, workspaceId, identityOf(member));
    const { campaignId, referrerId, platformId, joinedAt, extra } = member;
    const now = deps.now();
    const row = {
      id: deps.newId(),
      campaignId,
      personId,
      referrerId,
      platformId,
      joinedAt,
      copiedAt: now,
      extra,
    };
    const { id, added } = await copies.putReferral(tx, workspaceId, row);
    if (added) {
      const entry = { what: 'joined' as const, from: null, to: 'pending', reason: null };
      await referrals.record(tx, workspaceId, id, [{ ...entry, at: joinedAt, actor: actorOf(platform) }]);
      await deps.planEnrollment(tx, workspaceId, { side: 'leads', id });
      await deps.planWriteBack(tx, workspaceId, id);
    }
    const known = await copies.referral(tx, workspaceId, campaignId, platformId);
    if (known) await follow(tx, workspaceId, platform, known, member, true);
  }

  /** Brings the status here to what the platform says. */
  async function follow(
    tx: Tx,
    workspaceId: string,
    platform: PlatformName,
    here: TrackedReferral,
    member: Pick<Member, 'platformId' | 'standing'>,
    repair: boolean,
  ): Promise<Difference | null> {
    const { standing, platformId } = member;
    const now = deps.now();
    if (agrees(here, standing) || (await copies.isChanging(tx, workspaceId, here.id))) {
      await copies.touch(tx, workspaceId, [here.id], now);
      return null;
    }
    const kind = here.status === 'qualified' && standing.status === 'pending' ? 'unqualified' : 'different';
    const difference: Difference = { kind, platformId, here: here.status, there: standing.status };
    if (!repair) return difference;
    const reason = `As it is on ${deps.platforms[platform].name}`;
    await settle(tx, workspaceId, here, stateAsThere(here, standing), {
      reason,
      at: standing.at ?? now,
      platform,
    });
    return difference;
  }

  async function settle(
    tx: Tx,
    workspaceId: string,
    before: TrackedReferral,
    after: ReferralState & { keptHere: boolean },
    { reason, at, platform }: { reason: string; at: Date; platform: PlatformName },
  ): Promise<void> {
    const now = deps.now();
    const reopened = after.status === 'pending';
    await referrals.setStatus(tx, workspaceId, before.id, {
      ...after,
      statusAt: at,
      statusReason: reason,
      round: before.round + (reopened ? 1 : 0),
      saleValue: null,
      copiedAt: now,
    });
    const entries = changesOf(before, after, { actor: actorOf(platform), reason, at: now });
    if (entries.length > 0) await referrals.record(tx, workspaceId, before.id, entries);
    await deps.planWriteBack(tx, workspaceId, before.id);
  }

  const actorOf = (platform: PlatformName): HistoryEntry['actor'] => ({
    kind: 'platform',
    name: deps.platforms[platform].name,
  });

  return { copy, readAgain, settle, sourceOf };
}

/** What is kept here for want of a place there stands, until the platform says something newer. */
export function agrees(here: TrackedReferral, there: Standing): boolean {
  if (here.status === there.status) return true;
  if (!here.keptHere) return false;
  return there.status === 'pending' || there.at === null || there.at <= here.statusAt;
}

function stateAsThere(here: TrackedReferral, there: Standing): ReferralState & { keptHere: boolean } {
  const changes = {
    pending: 'reopen',
    qualified: 'qualify',
    disqualified: 'disqualify',
    expired: 'expire',
  } as const;
  const change = changes[there.status];
  const direct = transition(here, change, here.campaignRewards);
  const reopened = direct.outcome === 'refused' ? transition(here, 'reopen', here.campaignRewards) : null;
  const next =
    reopened?.outcome === 'changed' ? transition(reopened.state, change, here.campaignRewards) : direct;
  const state = next.outcome === 'changed' ? next.state : { status: here.status, reward: here.reward };
  return { ...state, keptHere: false };
}

function identityOf(member: Member): Identity {
  return { email: member.email, name: member.name, externalId: null };
}

function missing(member: Member): Difference {
  return {
    kind: 'missing',
    platformId: member.platformId,
    here: null,
    there: member.role === 'referrer' ? 'referrer' : member.standing.status,
  };
}
