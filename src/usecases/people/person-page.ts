// One person as the console shows them: both sides, how they were matched, what was decided and why, and what was done.
import { type Contact, foldEmail } from '../../domain/contacts/contact.ts';
import type { EnrollmentState, SideName } from '../../domain/enrollment/enrollment.ts';
import type { HistoryEntry, Page, PageRequest, Person } from '../../domain/program/program.ts';
import type {
  PlatformName,
  ReferralSource,
  ReferralStatus,
  RewardStatus,
} from '../../domain/program/referral.ts';
import type { Facts } from '../../domain/qualification/notice.ts';
import type { Region } from '../../domain/region.ts';
import type { LoggedRun, RunFilter } from '../../domain/runs/run.ts';
import { Failure } from '../../failure.ts';
import type { TeammateChange, TeammateChanges } from '../program/teammate-change.ts';
import { subjectsOf } from '../runs/run-log.ts';

export type ShownDecision = {
  id: number;
  at: Date;
  /** Null once the rule is deleted. */
  rule: string | null;
  ruleVersion: number;
  outcome: 'met' | 'not-met' | 'holding' | 'stopped';
  explanation: string;
  reasons: { wanted: string; seen: string; met: boolean }[];
  deliveryId: number | null;
};

export type PersonReferral = {
  id: string;
  campaign: { id: string; name: string; platform: PlatformName };
  status: ReferralStatus;
  statusAt: Date;
  statusReason: string | null;
  explanation: string | null;
  keptHere: boolean;
  joinedAt: Date;
  reward: { status: RewardStatus; label: string | null };
  source: ReferralSource;
  saleValue: number | null;
  platformUrl: string | null;
  copiedAt: Date | null;
  referrer: { personId: string; name: string | null; email: string | null } | null;
  /** Rules that are met and have to stay so. */
  holds: { rule: string | null; dueAt: Date }[];
  /** Newest first, as are the decisions. */
  history: HistoryEntry[];
  decisions: ShownDecision[];
};

export type PersonReferrer = {
  id: string;
  campaign: { id: string; name: string; platform: PlatformName };
  code: string;
  link: string | null;
  joinedAt: Date;
  counts: { referred: number; pending: number; qualified: number };
  latest: {
    personId: string;
    name: string | null;
    email: string | null;
    status: ReferralStatus;
    joinedAt: Date;
  }[];
};

/** What Intercom was last seen to say of the contact. */
export type SeenContact = {
  role: 'lead' | 'user' | null;
  values: Facts;
  seenAt: Date;
  archived: boolean;
  deletedAt: Date | null;
};

export type PersonEnrollment = {
  side: SideName;
  campaign: string;
  state: EnrollmentState;
  contactId: string | null;
  outcome: string | null;
  changedAt: Date;
};

export type StoredPage = {
  person: Person & { createdAt: Date };
  /** Others of the referral side who are the same contact. */
  alsoThisContact: Person[];
  contact: SeenContact | null;
  referrals: PersonReferral[];
  referrers: PersonReferrer[];
  enrollments: PersonEnrollment[];
};

export type PersonPage = StoredPage & {
  contactUrl: string | null;
  /** How the contact was found, as a sentence. */
  matched: string;
  /** What a teammate may do to each referral, by its id. */
  offered: Record<string, TeammateChange[]>;
  runs: LoggedRun[];
};

export type PersonPageDeps = {
  /** At most a few of each list; null for a person whom the workspace does not have. */
  read(workspaceId: string, personId: string): Promise<StoredPage | null>;
  runs: {
    list(workspaceId: string, filter: RunFilter, page: PageRequest): Promise<Page<LoggedRun>>;
  };
  changes: Pick<TeammateChanges, 'offered'>;
  contactUrl(region: Region, workspaceId: string, contactId: string): string;
  shareLink(code: string): string;
};

export type PersonPages = ReturnType<typeof createPersonPages>;

const runsShown = 10;

export function createPersonPages(deps: PersonPageDeps) {
  /** Throws a Failure `not-found`. */
  async function read(workspaceId: string, region: Region, personId: string): Promise<PersonPage> {
    const stored = await deps.read(workspaceId, personId);
    if (!stored) throw new Failure('not-found', 'There is no such person.');
    const { person, referrals } = stored;
    const contactIds = person.contactId === null ? [] : [person.contactId];
    const [runs, offered] = await Promise.all([
      deps.runs.list(
        workspaceId,
        { subjects: subjectsOf({ personIds: [person.id], contactIds }) },
        { limit: runsShown, after: null },
      ),
      Promise.all(
        referrals.map(
          async (one) => [one.id, await deps.changes.offered(workspaceId, changeable(one))] as const,
        ),
      ),
    ]);
    return {
      ...stored,
      referrers: stored.referrers.map((one) => ({ ...one, link: one.link ?? deps.shareLink(one.code) })),
      contactUrl: person.contactId === null ? null : deps.contactUrl(region, workspaceId, person.contactId),
      matched: matchedWords(stored),
      offered: Object.fromEntries(offered),
      runs: runs.items,
    };
  }

  return { read };
}

/** As a change of status needs it. */
export function changeable({ id, campaign, status, reward }: PersonReferral) {
  const { platform } = campaign;
  return { id, platform, status, reward: reward.status, campaignRewards: reward.label !== null };
}

/** The contact of the person as a card would be asked about it, as far as it is known here. */
export function contactOf({ person, contact }: Pick<StoredPage, 'person' | 'contact'>): Contact | null {
  if (person.contactId === null) return null;
  const { name, email, externalId, contactId } = person;
  return { id: contactId, role: contact?.role ?? 'other', name, email, externalId, phone: null };
}

function matchedWords({ person, referrals, enrollments, contact }: StoredPage): string {
  const { contactId } = person;
  if (contactId === null) return unlinkedWords(person);
  if (contact?.deletedAt) return 'Linked to a contact that was deleted in Intercom.';
  const chosen = referrals
    .flatMap((one) => one.history)
    .find((entry) => entry.what === 'linked' && entry.to === contactId);
  if (chosen) return `${chosen.actor.name ?? 'A teammate'} chose this contact among several.`;
  const enrolled = enrollments.find((one) => one.contactId === contactId && one.outcome !== null);
  if (enrolled) return `When they joined ${enrolled.campaign}: ${enrolled.outcome}`;
  return 'Found by external id or email, and linked since.';
}

function unlinkedWords({ externalId, email }: Person): string {
  const by = [
    externalId === null ? null : `external id ${externalId}`,
    foldEmail(email) === null ? null : `email ${email}`,
  ].filter((one) => one !== null);
  if (by.length === 0) return 'Not linked to a contact, and nothing is known to find one by.';
  return `Not linked to a contact yet: found by ${by.join(', else by ')}, as soon as Intercom speaks of one.`;
}
