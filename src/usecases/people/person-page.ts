// A person in the console: both sides, how they were matched, decisions, and what was done.

import type { Context } from '../../context.ts';
import type { Contact } from '../../domain/contacts/contact.ts';
import { emailKey } from '../../domain/identity.ts';
import type { CreditCase } from '../../domain/program/credit-case.ts';
import type { Person } from '../../domain/program/program.ts';
import type { Region } from '../../domain/region.ts';
import type { LoggedRun } from '../../domain/runs/run.ts';
import { readPersonPage, type StoredPage } from '../../store/people/person-page.ts';
import { found } from '../found.ts';
import { readCreditCase } from '../program/credit-case.ts';
import { shareLinkOf } from '../program/share-links.ts';
import { offeredChanges, type TeammateChange } from '../program/teammate-change.ts';
import { listRuns, subjectsOf } from '../runs/run-log.ts';

export type PersonReferral = StoredPage['referrals'][number];
export type PersonReferrer = StoredPage['referrers'][number];
export type PersonEnrollment = StoredPage['enrollments'][number];
export type ShownDecision = PersonReferral['decisions'][number];
export type { StoredPage };

export type PersonPage = StoredPage & {
  contactUrl: string | null;
  /** How the contact was found, as a sentence. */
  matched: string;
  /** By referral id. */
  offered: Record<string, TeammateChange[]>;
  runs: LoggedRun[];
  credit: CreditCase[];
};

const runsShown = 10;
const casesShown = 5;

export async function readPerson(
  ctx: Context,
  workspaceId: string,
  { region, timeZone }: { region: Region; timeZone: string },
  personId: string,
): Promise<PersonPage> {
  const stored = found(await readPersonPage(ctx.database.db, workspaceId, personId), 'person');
  const { contactId } = stored.person;
  const contactIds = contactId === null ? [] : [contactId];
  const [credit, runs, offered] = await Promise.all([
    creditCases(ctx, workspaceId, stored, timeZone),
    listRuns(
      ctx,
      workspaceId,
      { subjects: subjectsOf({ personIds: [personId], contactIds }) },
      { limit: runsShown, after: null },
    ),
    Promise.all(
      stored.referrals.map(
        async (referral) =>
          [referral.id, await offeredChanges(ctx, workspaceId, changeable(referral))] as const,
      ),
    ),
  ]);
  return {
    ...stored,
    referrers: stored.referrers.map((row) => ({ ...row, link: shareLinkOf(ctx, row) })),
    contactUrl: contactId === null ? null : ctx.hosts.contact(region, workspaceId, contactId),
    matched: matchedWords(stored),
    offered: Object.fromEntries(offered),
    runs: runs.items,
    credit,
  };
}

/** Of each referral without credit, or of a person who was not referred. */
function creditCases(
  ctx: Context,
  workspaceId: string,
  { person, referrals, referrers }: StoredPage,
  timeZone: string,
): Promise<CreditCase[]> {
  const without = referrals.filter(({ status }) => status !== 'qualified').slice(0, casesShown);
  const about = {
    ...{ contact: person, people: [person], matchedBy: null, timeZone },
    refersIn: referrers.map(({ campaign, joinedAt }) => ({ campaign: campaign.name, joinedAt })),
  };
  const asked = referrals.length === 0 ? [null] : without.map(caseReferral);
  return Promise.all(asked.map((referral) => readCreditCase(ctx, workspaceId, { ...about, referral })));
}

function caseReferral({ campaign, blocked, explanation, ...referral }: PersonReferral) {
  const { id, status, statusAt, joinedAt, statusReason } = referral;
  return {
    ...{ id, status, statusAt, joinedAt, statusReason, campaign: campaign.name },
    blocked: blocked?.reason ?? null,
    needs: status === 'pending' && blocked === null ? (explanation ?? null) : null,
  };
}

export function changeable({ id, campaign: { platform }, status }: PersonReferral) {
  return { id, platform, status };
}

/** As far as known, in the form of a card request. */
export function contactOf({ person, contact }: Pick<StoredPage, 'person' | 'contact'>): Contact | null {
  if (person.contactId === null) return null;
  const { name, email, externalId, contactId } = person;
  return { id: contactId, role: contact?.role ?? 'other', name, email, externalId, phone: null };
}

function matchedWords({ person, referrals, enrollments, contact }: StoredPage): string {
  const { contactId } = person;
  if (contactId === null) return unlinkedWords(person);
  if (contact?.deletedAt) return 'The linked contact was deleted in Intercom.';
  const chosen = referrals
    .flatMap((referral) => referral.history)
    .find((entry) => entry.what === 'linked' && entry.to === contactId);
  if (chosen) return `${chosen.actor.name ?? 'A teammate'} chose this contact among several.`;
  const enrolled = enrollments.find((row) => row.contactId === contactId && row.outcome !== null);
  if (enrolled) return `When they joined ${enrolled.campaign}: ${enrolled.outcome}`;
  return 'Linked by external ID or email.';
}

function unlinkedWords({ externalId, email }: Person): string {
  const by = [
    externalId === null ? null : `external ID ${externalId}`,
    emailKey(email) === null ? null : `email ${email}`,
  ].filter((words) => words !== null);
  if (by.length === 0) return 'Not linked to a contact. No email or external ID is known to find one.';
  return `Not linked to a contact yet. It is matched by ${by.join(' or ')} when Intercom reports one.`;
}
