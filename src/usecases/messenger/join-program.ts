// Joining a campaign in the Messenger with one press.
import type { Context } from '../../context.ts';
import { Failure } from '../../failure.ts';
import type { ShownCampaign } from '../../store/messenger/members.ts';
import { lockIdentity, peopleSharing } from '../../store/program/people.ts';
import { linkPeople } from '../../store/qualification/contacts.ts';
import { identifyPerson } from '../program/people.ts';
import { joinAsReferrer } from '../program/referrers.ts';
import type { Member } from './member.ts';

/** False when the campaign was closed meanwhile. Joining twice is joining once. */
export async function joinProgram(ctx: Context, member: Member, campaign: ShownCampaign): Promise<boolean> {
  const { workspaceId, user, people } = member;
  try {
    await ctx.database.transaction(async (tx) => {
      const [known] = people;
      const { externalId, email, name } = user;
      // People can change their own email: another person's must not become theirs by joining.
      const claimed = { email, externalId: null, name: null };
      await lockIdentity(tx, workspaceId, claimed);
      const isFree = email !== null && (await peopleSharing(tx, workspaceId, claimed)).length === 0;
      const identity =
        known && (known.email ?? known.externalId) !== null
          ? { email: known.externalId === null ? known.email : null, externalId: known.externalId, name }
          : { email: isFree ? email : null, externalId, name };
      const person = await identifyPerson(ctx, tx, workspaceId, identity);
      await linkPeople(tx, workspaceId, [person.id], user.id);
      await joinAsReferrer(ctx, tx, workspaceId, { campaign, person: identity }, null);
    });
    return true;
  } catch (error) {
    if (error instanceof Failure && error.code === 'conflict') return false;
    throw error;
  }
}
