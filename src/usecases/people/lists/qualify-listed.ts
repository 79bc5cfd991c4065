// Qualifies the referrals of the people on a list: first who would and who not, then by the one way statuses change.
import type { Context } from '../../../context.ts';
import { idKey } from '../../../domain/identity.ts';
import { isOutside, platforms } from '../../../domain/platforms/platform.ts';
import { capital } from '../../../domain/words.ts';
import { attemptsFor } from '../../../domain/workspace/settings.ts';
import type { Tx } from '../../../store/database.ts';
import {
  peopleWith,
  type ReferralOfPerson,
  referralsOfPeople,
} from '../../../store/people/listed-identities.ts';
import {
  earlierLines,
  type PeopleImport,
  type PeopleImportRow,
  type RowResult,
} from '../../../store/people/people-imports.ts';
import { findCampaign } from '../../../store/program/campaigns.ts';
import { lockTrackedReferral } from '../../../store/program/referral-status.ts';
import { readSettings } from '../../../store/workspace/settings.ts';
import { found } from '../../found.ts';
import { requestStatusChange, statusRun, tryToDecide } from '../../program/change-status.ts';
import { askIfDoubtful } from '../../program/doubtful.ts';
import { actorOf } from './add-listed.ts';
import { sameAs } from './check-listed.ts';
import { readRows, recognizer } from './listed-people.ts';

type Verdict = Pick<RowResult, 'outcome' | 'reason'>;

/** Confirmed, it waits for a review. */
const isHeld = ({ status, block }: ReferralOfPerson) => status === 'pending' && block?.code === 'doubtful';

/** The decision that qualifying itself makes. */
function verdictOn(referral: ReferralOfPerson, now: Date): Verdict {
  const { next, refused } = tryToDecide(referral, 'qualify', now);
  if (isHeld(referral)) return { outcome: 'new', reason: `${referral.block?.reason}.` };
  if (refused !== null) return { outcome: 'blocked', reason: `${capital(refused)}.` };
  return { outcome: next === null ? 'present' : 'new', reason: null };
}

export async function checkQualifying(
  ctx: Context,
  tx: Tx,
  list: PeopleImport,
  rows: readonly PeopleImportRow[],
): Promise<RowResult[]> {
  const { workspaceId, campaignId } = list;
  const read = readRows(list, rows);
  const given = read.flatMap((row) => ('problem' in row ? [] : [row.person]));
  const recognizePerson = await recognizer(tx, workspaceId, given);
  const contactIds = given.flatMap(({ externalId }) => idKey(externalId) ?? []);
  const linked = await peopleWith(tx, workspaceId, { emails: [], externalIds: [], contactIds });
  const byContact = Map.groupBy(linked, ({ contactId }) => contactId);
  const people = new Map(
    read.map((row) => {
      if ('problem' in row) return [row.row.seq, []];
      const person = recognizePerson(row.person);
      const { externalId } = row.person;
      return [row.row.seq, person ? [person] : externalId === null ? [] : (byContact.get(externalId) ?? [])];
    }),
  );
  const ids = [...people.values()].flatMap((alike) => alike.map(({ id }) => id));
  const referrals = await referralsOfPeople(tx, workspaceId, campaignId, [...new Set(ids)]);
  const byPerson = new Map(referrals.map((referral) => [referral.personId, referral]));
  const identities = referrals.map(({ id }) => `referral:${id}`);
  const [first] = rows;
  const lines =
    first && identities.length > 0
      ? await earlierLines(tx, list, identities, first.seq)
      : new Map<string, number>();
  return read.map((listed): RowResult => {
    const { seq, line } = listed.row;
    if ('problem' in listed) return { seq, outcome: 'refused', reason: listed.problem };
    const alike = people.get(seq) ?? [];
    if (alike.length === 0)
      return { seq, outcome: 'unknown', reason: 'No one in the program has this email or ID.' };
    const referral = alike.flatMap(({ id }) => byPerson.get(id) ?? []).at(0);
    const [person] = alike;
    if (!referral)
      return {
        seq,
        outcome: 'unknown',
        reason: 'Has no referral in the campaign.',
        personId: person?.id ?? null,
      };
    const identity = `referral:${referral.id}`;
    const about = { seq, identity, personId: referral.personId, subjectId: referral.id };
    const earlier = lines.get(identity);
    if (earlier !== undefined) return { ...about, outcome: 'duplicate', reason: sameAs(earlier) };
    lines.set(identity, line);
    return { ...about, ...verdictOn(referral, ctx.now()) };
  });
}

export async function qualifyListed(
  ctx: Context,
  tx: Tx,
  list: PeopleImport,
  rows: readonly PeopleImportRow[],
): Promise<RowResult[]> {
  const { workspaceId, campaignId } = list;
  const campaign = found(await findCampaign(tx, workspaceId, campaignId), 'campaign');
  const maxAttempts = attemptsFor('change-status', await readSettings(tx, workspaceId), campaign.settings);
  const qualified: RowResult[] = [];
  // In order of their ids, as everything that locks several referrals does.
  for (const row of rows.toSorted((a, b) => ((a.subjectId ?? '') < (b.subjectId ?? '') ? -1 : 1)))
    qualified.push({ seq: row.seq, ...(await qualifyRow(ctx, tx, list, row, maxAttempts)) });
  return qualified;
}

async function qualifyRow(
  ctx: Context,
  tx: Tx,
  list: PeopleImport,
  { subjectId, personId }: PeopleImportRow,
  maxAttempts: number,
): Promise<Verdict> {
  const { workspaceId, campaignId, id, name } = list;
  const locked = subjectId === null ? null : await lockTrackedReferral(tx, workspaceId, subjectId);
  const [referral] =
    locked && personId !== null ? await referralsOfPeople(tx, workspaceId, campaignId, [personId]) : [];
  if (!referral) return { outcome: 'unknown', reason: 'The referral is gone.' };
  const verdict = verdictOn(referral, ctx.now());
  if (verdict.outcome !== 'new') return verdict;
  if (isHeld(referral)) {
    await askIfDoubtful(ctx, tx, workspaceId, referral.id, referral.block);
    return { ...verdict, outcome: 'held' };
  }
  const actor = actorOf(list);
  const { contactId, platform } = referral;
  const changed = { workspaceId, referralId: referral.id, personId: referral.personId, contactId };
  const work = { change: 'qualify' as const, reason: `On the list “${name}”`, actor };
  const cause = `${actor.name} qualified a list`;
  const deduplicationKey = `list:${id}:${referral.id}`;
  await requestStatusChange(ctx, tx, statusRun(changed, work, { deduplicationKey, cause, maxAttempts }));
  if (!isOutside(platform)) return { outcome: 'done', reason: null };
  return {
    outcome: 'done',
    reason: `Sent to ${platforms[platform].name}: the run log says when it is done.`,
  };
}
