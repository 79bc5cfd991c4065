// Referring a friend from the Messenger: checked, limited, and with the same answer for every friend.
import type { FriendForm, MessengerScreen } from '../../../canvas/messenger/view.ts';
import type { Context } from '../../context.ts';
import { dayOf, startOfDay } from '../../domain/day.ts';
import { emailKey, readEmail, tidy } from '../../domain/identity.ts';
import { translate } from '../../domain/languages/translate.ts';
import { Failure } from '../../failure.ts';
import type { Tx } from '../../store/database.ts';
import type { Membership } from '../../store/messenger/members.ts';
import {
  countNamedSince,
  insertNamedFriend,
  isNamed,
  lockNamings,
} from '../../store/messenger/named-friends.ts';
import { lockIdentity, peopleSharing } from '../../store/program/people.ts';
import { findReferrer } from '../../store/program/referrers.ts';
import { findOrAddPerson } from '../program/people.ts';
import { isSelfReferral, joinAsReferral } from '../program/referrals.ts';
import { withTimeout } from '../with-timeout.ts';
import type { Member } from './member.ts';
import { about, referView } from './own-screens.ts';

export const friendsADay = 20;
const longest = { name: 80, words: 500 } as const;

export type FriendGiven = Pick<FriendForm, 'name' | 'email' | 'words' | 'consent'>;

type Outcome = { view: MessengerScreen<'sent' | 'refer' | 'limit'>; isCompleted: boolean };

/** The caller has checked that the campaign can be joined. */
export async function referFriend(
  ctx: Context,
  member: Member,
  membership: Membership,
  given: FriendGiven,
): Promise<Outcome> {
  const problems = problemsIn(member, given);
  if (Object.keys(problems).length > 0)
    return { view: referView(ctx, member, membership, { ...given, problems }), isCompleted: false };
  const name = tidy(given.name.replace(/\s+/gu, ' '));
  const friend = { name, email: emailKey(given.email), words: tidy(given.words) };
  const wasUser = await isUser(ctx, member.workspaceId, friend.email);
  const isWithin = await ctx.database.transaction((tx) =>
    nameFriend(ctx, tx, member, membership, { ...friend, wasUser }),
  );
  const where = about(member, membership.campaign);
  if (!isWithin) return { view: { screen: 'limit', ...where, count: friendsADay }, isCompleted: false };
  return { view: { screen: 'sent', ...where, friend: name }, isCompleted: true };
}

/** Of what was typed alone: nothing that is stored shows in it. */
function problemsIn({ language, user, people }: Member, given: FriendGiven): FriendForm['problems'] {
  const email = readEmail(given.email);
  const own = [user.email, ...people.map((person) => person.email)].map(emailKey);
  const isOwn = 'value' in email && own.includes(email.value);
  const name = tidy(given.name);
  const say = (key: 'name' | 'email' | 'own' | 'consent') =>
    translate(language, `messenger.form.problem.${key}`);
  return {
    ...(name === '' || name.length > longest.name ? { name: say('name') } : {}),
    ...('problem' in email ? { email: say('email') } : isOwn ? { email: say('own') } : {}),
    ...(given.words.length > longest.words
      ? { words: translate(language, 'messenger.form.problem.words', { max: longest.words }) }
      : {}),
    ...(given.consent ? {} : { consent: say('consent') }),
  };
}

type Friend = { name: string; email: string | null; words: string; wasUser: boolean };

/** While someone waits: what Intercom does not say in time is taken for no. */
const patienceMs = 1_000;

async function isUser(ctx: Context, workspaceId: string, email: string | null): Promise<boolean> {
  if (email === null) return false;
  const asked = async () => {
    const contacts = await ctx.intercom.agents.searchContacts(workspaceId, 'email', [email]);
    return contacts.some((contact) => contact.role === 'user' && emailKey(contact.email) === email);
  };
  const answer = asked().catch((error: unknown) => {
    ctx.log.warn({ err: error, workspaceId }, 'could not check whether a named friend is a user');
    return false;
  });
  return withTimeout(patienceMs, answer, () => false);
}

/** False when the day's limit is reached. Naming the same friend again changes nothing, and is not counted. */
async function nameFriend(
  ctx: Context,
  tx: Tx,
  member: Member,
  { campaign, referrerId }: Membership,
  { name, email, words, wasUser: isUser }: Friend,
): Promise<boolean> {
  const { workspaceId, timeZone, user } = member;
  await lockNamings(tx, workspaceId, user.id);
  const identity = { email, externalId: null, name: null };
  await lockIdentity(tx, workspaceId, identity);
  const known = await peopleSharing(tx, workspaceId, identity);
  for (const { id } of known) if (await isNamed(tx, workspaceId, referrerId, id)) return true;
  const now = ctx.now();
  const today = startOfDay(dayOf(now, timeZone), timeZone);
  if ((await countNamedSince(tx, workspaceId, user.id, today)) >= friendsADay) return false;
  // Who is known already keeps the name that they gave themselves.
  const person = { ...identity, name: known.length === 0 ? name : null };
  const wasUser = isUser || known.some(({ externalId }) => externalId !== null);
  const personId = await join(ctx, tx, member, { campaign, referrerId }, { person, words });
  await insertNamedFriend(tx, {
    workspaceId,
    referrerId,
    personId,
    contactId: user.id,
    name,
    namedAt: now,
    wasUser,
  });
  return true;
}

/**
 * One pending referral, unless the friend has one already. Returns the friend's person.
 */
async function join(
  ctx: Context,
  tx: Tx,
  { workspaceId }: Member,
  { campaign, referrerId }: Pick<Membership, 'campaign' | 'referrerId'>,
  { person, words }: { person: Parameters<typeof findOrAddPerson>[3]; words: string },
): Promise<string> {
  const { person: friend } = await findOrAddPerson(ctx, tx, workspaceId, person);
  const referrer = await findReferrer(tx, workspaceId, { id: referrerId });
  if (referrer === null) return friend.id;
  const joining = {
    campaign,
    referrer,
    person,
    source: 'messenger' as const,
    ...(words === '' ? {} : { extra: { message: words } }),
  };
  const byThemselves = { kind: 'person', id: null, name: null } as const;
  try {
    // On its own, so that a refusal takes nothing else back.
    await tx.transaction((inner) => joinAsReferral(ctx, inner, workspaceId, joining, byThemselves));
  } catch (error) {
    if (!(error instanceof Failure) || !(isSelfReferral(error) || error.code === 'conflict')) throw error;
  }
  return friend.id;
}
