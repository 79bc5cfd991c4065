// Possible duplicates that a person decides: which contact it is, that it is none of them, or to leave it.
import type { ContactDraft, FoundContact } from '../../domain/contacts/contact-draft.ts';
import type { ReviewDecision, SideName } from '../../domain/enrollment/enrollment.ts';
import type { Page, PageRequest } from '../../domain/program/program.ts';
import type { Work } from '../../domain/runs/run.ts';
import { Failure } from '../../failure.ts';
import type { Enrollment, EnrollmentStore } from './enrollment-edges.ts';

export type Candidate = Pick<
  FoundContact,
  'id' | 'role' | 'name' | 'email' | 'externalId' | 'lastActiveAt' | 'archived' | 'by'
>;

export type Decider = { kind: 'teammate' | 'api'; name: string | null };

export type Review = {
  id: string;
  enrollmentId: string;
  side: SideName;
  campaign: { id: string; name: string };
  person: { id: string; email: string | null; name: string | null };
  why: string;
  draft: ContactDraft;
  candidates: Candidate[];
  askedAt: Date;
  decision: ReviewDecision | null;
  decidedBy: Decider | null;
  decidedAt: Date | null;
};

export type ReviewFilter = { open?: boolean | undefined; campaignId?: string | undefined };

export type ReviewStore<Tx> = {
  find(workspaceId: string, id: string): Promise<Review | null>;
  /** Locked until the transaction ends. */
  lock(tx: Tx, workspaceId: string, id: string): Promise<Review | null>;
  list(workspaceId: string, filter: ReviewFilter, page: PageRequest): Promise<Page<Review>>;
  /** No card shows it from then on. */
  close(
    tx: Tx,
    workspaceId: string,
    id: string,
    decided: { decision: ReviewDecision; by: Decider; at: Date },
  ): Promise<void>;
};

type Decision = Extract<Work, { kind: 'enroll' }>['decision'];

export type ReviewsDeps<Tx> = {
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  reviews: ReviewStore<Tx>;
  enrollments: Pick<EnrollmentStore<Tx>, 'lock' | 'change'>;
  planAgain(tx: Tx, workspaceId: string, enrollment: Enrollment, decision: Decision): Promise<void>;
  now(): Date;
};

export type Reviews = {
  /** Rejects with a Failure `not-found`. */
  review(workspaceId: string, id: string): Promise<Review>;
  list(workspaceId: string, filter: ReviewFilter, page: PageRequest): Promise<Page<Review>>;
  /**
   * Once: saying the same again changes nothing. Rejects with a Failure: `not-found`, `invalid` for a contact that is none
   * of the candidates, `conflict` when somebody has decided otherwise.
   */
  decide(workspaceId: string, id: string, decision: ReviewDecision, by: Decider): Promise<Review>;
};

export function createReviews<Tx>(deps: ReviewsDeps<Tx>): Reviews {
  const { reviews, enrollments, transaction, now } = deps;

  async function review(workspaceId: string, id: string): Promise<Review> {
    return (await reviews.find(workspaceId, id)) ?? refuseUnknown();
  }

  async function decide(
    workspaceId: string,
    id: string,
    decision: ReviewDecision,
    by: Decider,
  ): Promise<Review> {
    await transaction(async (tx) => {
      const asked = (await reviews.lock(tx, workspaceId, id)) ?? refuseUnknown();
      if (asked.decision) return refuseOther(asked, decision);
      const runs = decisionFor(asked, decision);
      await reviews.close(tx, workspaceId, id, { decision, by, at: now() });
      const enrollment = await enrollments.lock(tx, workspaceId, asked.enrollmentId);
      if (enrollment?.state !== 'review') return;
      if (runs) return deps.planAgain(tx, workspaceId, enrollment, runs);
      const outcome = `${by.name ?? 'Somebody'} decided to leave it.`;
      await enrollments.change(tx, workspaceId, enrollment.id, {
        state: 'skipped',
        outcome,
        changedAt: now(),
      });
    });
    return review(workspaceId, id);
  }

  return { review, list: reviews.list, decide };
}

/** Null for a decision after which there is nothing to do. */
function decisionFor(asked: Review, decision: ReviewDecision): Decision {
  const ids = asked.candidates.map((one) => one.id);
  if ('skip' in decision) return null;
  if ('create' in decision) return { create: true, notThese: ids };
  if (ids.includes(decision.use)) return decision;
  throw new Failure('invalid', 'Some fields were refused: see "fields".', {
    fields: { use: `is none of the candidates: ${ids.join(', ')}` },
  });
}

function refuseOther({ decision, decidedBy }: Review, wanted: ReviewDecision): void {
  if (sameAs(decision, wanted)) return;
  throw new Failure('conflict', `${decidedBy?.name ?? 'Somebody'} has decided this already.`);
}

function sameAs(one: ReviewDecision | null, other: ReviewDecision): boolean {
  if (one === null) return false;
  if ('use' in one) return 'use' in other && one.use === other.use && one.how === other.how;
  return 'create' in one ? 'create' in other : 'skip' in other;
}

function refuseUnknown(): never {
  throw new Failure('not-found', 'There is no such review.');
}
