// What enrollment needs of the outside: its own records, Intercom's attributes, the runs. Declared here, made elsewhere.
import type { ContactDraft, FoundContact } from '../../domain/contacts/contact-draft.ts';
import type { EnrollmentState, SideName } from '../../domain/enrollment/enrollment.ts';
import type { Joiner } from '../../domain/enrollment/enrollment-facts.ts';
import type { ContactAttribute } from '../../domain/enrollment/mapping.ts';
import type { Campaign, Page, PageRequest } from '../../domain/program/program.ts';
import type { NewRun, RunState } from '../../domain/runs/run.ts';
import type { CampaignSettings, WorkspaceSettings } from '../../domain/workspace/settings.ts';
import type { Ensuring } from '../contacts/contact-ensuring-edges.ts';
import type { Share } from '../runs/write-back.ts';

/** Who joined: `id` is a referral's on the side of the leads, a referrer's on the other. */
export type JoinedMember = { side: SideName; id: string };

export type Enrollment = {
  id: string;
  side: SideName;
  memberId: string;
  campaignId: string;
  personId: string;
  state: EnrollmentState;
  /** Each time that it is planned is a run of its own. */
  round: number;
  contactId: string | null;
  outcome: string | null;
  createdAt: Date;
  changedAt: Date;
};

/** As it is listed: what its run could not do is a failure, too. */
export type ListedEnrollment = Enrollment & {
  campaign: string;
  person: { id: string; email: string | null; name: string | null };
  runId: string | null;
};

export type EnrollmentFilter = {
  campaignId?: string | undefined;
  side?: SideName | undefined;
  state?: EnrollmentState | undefined;
};

export type WaitingSide = { workspaceId: string; campaignId: string; side: SideName };

export type EnrollmentStore<Tx> = {
  /** Whom a referral or a referrer is of, with the settings of the campaign; null when there is none. */
  member(
    tx: Tx,
    workspaceId: string,
    member: JoinedMember,
  ): Promise<{ campaignId: string; personId: string; settings: CampaignSettings } | null>;
  /** False when the member has one already. */
  add(tx: Tx, workspaceId: string, enrollment: Enrollment): Promise<boolean>;
  find(workspaceId: string, id: string): Promise<Enrollment | null>;
  /** Locked until the transaction ends. */
  lock(tx: Tx, workspaceId: string, id: string): Promise<Enrollment | null>;
  change(
    tx: Tx,
    workspaceId: string,
    id: string,
    to: Partial<Pick<Enrollment, 'round' | 'contactId'>> &
      Pick<Enrollment, 'state' | 'outcome' | 'changedAt'>,
  ): Promise<void>;
  /** The run of its latest round; null before the first. */
  runOf(tx: Tx, workspaceId: string, id: string): Promise<{ id: string; state: RunState } | null>;
  /** Those that wait for the setup, oldest first and locked; those that somebody else has locked are left out. */
  waiting(tx: Tx, side: WaitingSide, limit: number): Promise<Enrollment[]>;
  /** Every side of every campaign where somebody waits for the setup, wherever the app is installed. */
  waitingSides(): Promise<WaitingSide[]>;
  list(workspaceId: string, filter: EnrollmentFilter, page: PageRequest): Promise<Page<ListedEnrollment>>;
  /** Null when they are gone. */
  joiner(
    workspaceId: string,
    of: { side: SideName; campaignId: string; personId: string },
  ): Promise<Joiner | null>;
  /**
   * Links the person to the contact, unless they have another one than `from` by now. Answers their referrals; null when
   * they were linked elsewhere.
   */
  link(
    tx: Tx,
    workspaceId: string,
    personId: string,
    contact: { id: string; from: string | null },
  ): Promise<string[] | null>;
};

/** The types in which an attribute can be made. */
export const attributeKinds = ['string', 'integer', 'float', 'boolean', 'date', 'options'] as const;
export type AttributeKind = (typeof attributeKinds)[number];
export type NewAttribute = { name: string; kind: AttributeKind; options?: readonly string[] | undefined };

/** Rejects with a Failure when Intercom does not tell or does not do it. */
export interface EnrollmentAttributes {
  /** Those that contacts have; as they were within the last minute. */
  of(workspaceId: string): Promise<readonly ContactAttribute[]>;
  /** The next look is a fresh one. */
  forget(workspaceId: string): void;
  /** One that is there already is as good. */
  create(workspaceId: string, attribute: NewAttribute): Promise<void>;
}

/** A question about duplicates, opened together with the enrollment that it is about. */
export type NewReview = {
  id: string;
  enrollmentId: string;
  why: string;
  draft: ContactDraft;
  candidates: readonly FoundContact[];
  askedAt: Date;
};

export type EnrollmentDeps<Tx> = {
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  store: EnrollmentStore<Tx>;
  campaigns: { find(workspaceId: string, id: string): Promise<Campaign | null> };
  reviews: { open(tx: Tx, workspaceId: string, review: NewReview): Promise<void> };
  settings: { readIn(tx: Tx, workspaceId: string): Promise<WorkspaceSettings> };
  runs: { add(tx: Tx, run: NewRun): Promise<boolean> };
  attributes: EnrollmentAttributes;
  ensuring: Ensuring;
  /** Adds the runs that bring the state of a referral, or a share link, to Intercom. */
  writeBack: {
    plan(tx: Tx, workspaceId: string, referralId: string): Promise<void>;
    planShare(tx: Tx, workspaceId: string, share: Share): Promise<void>;
  };
  /** Has the contact read, so that its next change is seen as one. */
  readSoon(tx: Tx, workspaceId: string, contactId: string): Promise<void>;
  now(): Date;
  newId(): string;
  log: { warn(fields: object, message: string): void };
};
