// Joins that stay within one workspace.
import { alias, type PgColumn } from 'drizzle-orm/pg-core';
import { owned } from './owned.ts';
import { campaigns, people, referrals, referrers, rules } from './schema.ts';

type Naming<Column extends string> = Record<'workspaceId' | Column, PgColumn>;

export const campaignOf = ({ workspaceId, campaignId: id }: Naming<'campaignId'>) =>
  owned(campaigns, { workspaceId, id });
export const personOf = ({ workspaceId, personId: id }: Naming<'personId'>) =>
  owned(people, { workspaceId, id });
export const ruleOf = ({ workspaceId, ruleId: id }: Naming<'ruleId'>) => owned(rules, { workspaceId, id });
export const referralOf = ({ workspaceId, referralId: id }: Naming<'referralId'>) =>
  owned(referrals, { workspaceId, id });
export const referrerOf = ({ workspaceId, referrerId: id }: Naming<'referrerId'>) =>
  owned(referrers, { workspaceId, id });

/** The referrer's person, next to the referred person. */
export const giver = alias(people, 'giver');
export const ofGiver = owned(giver, { workspaceId: referrals.workspaceId, id: referrers.personId });
export const giverColumns = {
  id: giver.id,
  email: giver.email,
  externalId: giver.externalId,
  name: giver.name,
  contactId: giver.contactId,
};
