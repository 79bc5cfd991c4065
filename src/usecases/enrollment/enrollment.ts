// Enrollment: whoever joins a campaign becomes an Intercom contact, or is linked to the one that there is.
import type { OnDuplicate } from '../../domain/contacts/contact-draft.ts';
import {
  type EnrollmentSide,
  needsEmail,
  type ReviewDecision,
  roleOf,
  type Setup,
  setupOf,
} from '../../domain/enrollment/enrollment.ts';
import { factsOf, type Joiner, sideOf } from '../../domain/enrollment/enrollment-facts.ts';
import { customName } from '../../domain/enrollment/mapping.ts';
import { draftOf, type FilledRow, fill } from '../../domain/enrollment/mapping-filling.ts';
import { type Handler, type RunResult, subjectInIntercom, type Work } from '../../domain/runs/run.ts';
import { attemptsFor } from '../../domain/workspace/settings.ts';
import { Failure } from '../../failure.ts';
import type { Ensured } from '../contacts/contact-ensuring-edges.ts';
import type { Enrollment, EnrollmentDeps, JoinedMember, WaitingSide } from './enrollment-edges.ts';

type EnrollWork = Extract<Work, { kind: 'enroll' }>;

const waitingAtOnce = 100;
const doesNothing = 'The campaign does nothing when somebody joins.';

export function createEnrollment<Tx>(deps: EnrollmentDeps<Tx>) {
  const { store, transaction, now } = deps;

  /** Records, in the transaction in which somebody joins, what is to become of them, and the run that does it. */
  async function plan(tx: Tx, workspaceId: string, member: JoinedMember): Promise<void> {
    const known = await store.member(tx, workspaceId, member);
    if (!known) return;
    const { campaignId, personId, settings } = known;
    const side = settings.enrollment[member.side];
    const at = now();
    const enrollment: Enrollment = {
      ...{ id: deps.newId(), side: member.side, memberId: member.id, campaignId, personId },
      ...beginning(side, setupOf(side, null)),
      ...{ round: 0, contactId: null, createdAt: at, changedAt: at },
    };
    if (!(await store.add(tx, workspaceId, enrollment))) return;
    if (enrollment.state === 'planned') await addRun(tx, workspaceId, enrollment, null);
  }

  async function addRun(
    tx: Tx,
    workspaceId: string,
    enrollment: Enrollment,
    decision: EnrollWork['decision'],
  ): Promise<void> {
    const { id, side, memberId, personId, round } = enrollment;
    const member = await store.member(tx, workspaceId, { side, id: memberId });
    const settings = await deps.settings.readIn(tx, workspaceId);
    await deps.runs.add(tx, {
      workspaceId,
      subject: subjectInIntercom(personId),
      referralId: side === 'leads' ? memberId : null,
      dedupe: `enroll:${side}:${memberId}:${round}`,
      work: { kind: 'enroll', enrollmentId: id, decision },
      cause: side === 'leads' ? 'joined as a referred person' : 'joined as a referrer',
      mostAttempts: attemptsFor('enroll', settings, member?.settings ?? null),
    });
  }

  /** Plans an enrollment anew, whatever became of it before. */
  async function planAgain(
    tx: Tx,
    workspaceId: string,
    enrollment: Enrollment,
    decision: EnrollWork['decision'] = null,
  ): Promise<void> {
    const round = enrollment.round + 1;
    const to = { state: 'planned' as const, round, outcome: null, changedAt: now() };
    await store.change(tx, workspaceId, enrollment.id, to);
    await addRun(tx, workspaceId, { ...enrollment, round }, decision);
  }

  /** Plans those who waited for a setup that is complete by now. Rejects when Intercom cannot be asked. */
  async function planWaiting(workspaceId: string, campaignId: string): Promise<void> {
    await planSide({ workspaceId, campaignId, side: 'leads' });
    await planSide({ workspaceId, campaignId, side: 'referrers' });
  }

  async function planSide(waiting: WaitingSide): Promise<void> {
    const { workspaceId, campaignId, side } = waiting;
    const campaign = await deps.campaigns.find(workspaceId, campaignId);
    if (!campaign) return;
    const settings = campaign.settings.enrollment[side];
    // What is missing here needs no question to Intercom, and what was missing there may be made by now.
    if (!setupOf(settings, null).complete) return;
    deps.attributes.forget(workspaceId);
    if (!setupOf(settings, await attributesFor(workspaceId, settings)).complete) return;
    const to = { state: 'skipped' as const, outcome: doesNothing, changedAt: now() };
    for (let left = true; left; ) {
      left = await transaction(async (tx) => {
        const enrollments = await store.waiting(tx, waiting, waitingAtOnce);
        for (const enrollment of enrollments) {
          if (settings.action === 'nothing') await store.change(tx, workspaceId, enrollment.id, to);
          else await planAgain(tx, workspaceId, enrollment);
        }
        return enrollments.length > 0;
      });
    }
  }

  /** Finds those whom an attribute that was made in Intercom itself, or a job that was lost, has left waiting. */
  async function tick(): Promise<void> {
    for (const side of await store.waitingSides()) {
      await planSide(side).catch((error: unknown) =>
        deps.log.warn({ err: error, ...side }, 'whoever waits for the setup could not be planned'),
      );
    }
  }

  async function attributesFor(workspaceId: string, side: EnrollmentSide) {
    const named = side.mapping.some((row) => customName(row.to) !== null);
    return named ? deps.attributes.of(workspaceId) : [];
  }

  const enroll: Handler<EnrollWork, Tx> = async (run, signalAsked) => {
    const { workspaceId, work } = run;
    const enrollment = await store.find(workspaceId, work.enrollmentId);
    const joiner = enrollment && (await store.joiner(workspaceId, enrollment));
    // They are gone.
    if (!joiner) return {};
    const side = sideOf(joiner);
    const end = (to: Pick<Enrollment, 'state' | 'outcome'>): RunResult<Tx> => ({
      record: (tx) => store.change(tx, workspaceId, enrollment.id, { ...to, changedAt: now() }),
    });
    if (side.action === 'nothing') return end({ state: 'skipped', outcome: doesNothing });
    const attributes = await attributesFor(workspaceId, side);
    const { complete, missing } = setupOf(side, attributes);
    // What may have been made is not let go of: this very run has to find it.
    if (!complete && run.askedAt !== null) throw new Failure('conflict', missing.join(' '));
    if (!complete) return end({ state: 'setup-required', outcome: missing.join(' ') });
    const filled = fill(side.mapping, factsOf(joiner), attributes, roleOf(side));
    const draft = draftOf(roleOf(side), filled);
    if (needsEmail(side) && draft.email === undefined) {
      const why = `There is no email to send: ${whyNoEmail(filled)}.`;
      return { ...end({ state: 'failed', outcome: why }), refused: why };
    }
    const ensured = await deps.ensuring
      .ensure(workspaceId, draft, onDuplicate(side, work.decision), {
        linkedId: used(work.decision) ?? joiner.person.contactId,
        personId: joiner.person.id,
        madeFor: run.id,
        askedAt: run.askedAt,
        notThese: work.decision !== null && 'create' in work.decision ? work.decision.notThese : [],
        signalAsked,
      })
      .catch((error: unknown) => {
        // An attribute that was taken away meanwhile is to be seen at the next try.
        if (error instanceof Failure) deps.attributes.forget(workspaceId);
        throw error;
      });
    if ('waitUntil' in ensured) return ensured;
    const { request, answer } = ensured.exchange;
    return {
      exchange: { request: { asked: request, ...leftOut(filled) }, answer },
      ...(ensured.outcome === 'refused' ? { refused: ensured.why } : {}),
      record: (tx) => settle(tx, workspaceId, { enrollment, joiner, draft, ensured, filled }),
    };
  };

  type Settled = {
    enrollment: Enrollment;
    joiner: Joiner;
    draft: ReturnType<typeof draftOf>;
    ensured: Ensured;
    filled: readonly FilledRow[];
  };

  /** Together with the run being done: what became of it, the link, and what Intercom is to be told next. */
  async function settle(tx: Tx, workspaceId: string, done: Settled): Promise<void> {
    const { enrollment, joiner, draft, ensured, filled } = done;
    const { outcome, contactId, why, candidates = [] } = ensured;
    const to = { contactId, outcome: [`${why}.`, ...partly(filled)].join(' '), changedAt: now() };
    const change = (state: Enrollment['state']) =>
      store.change(tx, workspaceId, enrollment.id, { ...to, state });
    if (outcome === 'refused') return change('failed');
    if (outcome === 'review') {
      await change('review');
      const review = {
        id: deps.newId(),
        enrollmentId: enrollment.id,
        why,
        draft,
        candidates,
        askedAt: now(),
      };
      return deps.reviews.open(tx, workspaceId, review);
    }
    await change('done');
    if (contactId === null) return;
    const from = joiner.person.contactId;
    const referrals = await store.link(tx, workspaceId, joiner.person.id, { id: contactId, from });
    // Of any other, Intercom tells because of what was written.
    if (outcome === 'linked') await deps.readSoon(tx, workspaceId, contactId);
    // Who is only linked is not marked as referred by this: that would be to write to the contact.
    if (referrals === null || outcome === 'linked') return;
    for (const id of referrals) await deps.writeBack.plan(tx, workspaceId, id);
    if (enrollment.side === 'leads') return;
    const { campaign, person } = joiner;
    const share = { referrerId: enrollment.memberId, personId: person.id, contactId, campaign };
    await deps.writeBack.planShare(tx, workspaceId, share);
  }

  return { plan, planAgain, planWaiting, tick, enroll, attributesFor };
}

function beginning(side: EnrollmentSide, setup: Setup): Pick<Enrollment, 'state' | 'outcome'> {
  if (side.action === 'nothing') return { state: 'skipped', outcome: doesNothing };
  if (setup.complete) return { state: 'planned', outcome: null };
  return { state: 'setup-required', outcome: setup.missing.join(' ') };
}

type RunDecision = Exclude<ReviewDecision, { skip: true }> | null;

function onDuplicate(side: EnrollmentSide, decision: RunDecision): OnDuplicate {
  const { lead_where_user_wanted, archived } = side;
  const policies = { update: 'update', fill: 'fill', link: 'nothing' } as const;
  const policy = decision !== null && 'use' in decision ? policies[decision.how] : side.duplicates;
  return { policy, lead_where_user_wanted, archived };
}

function used(decision: RunDecision): string | null {
  return decision !== null && 'use' in decision ? decision.use : null;
}

function whyNoEmail(filled: readonly FilledRow[]): string {
  return filled.find(({ row }) => row.to === 'email')?.why ?? 'no row maps one';
}

/** For the run log: what was not sent as it was meant, and why. */
function leftOut(filled: readonly FilledRow[]): { left_out?: Record<string, string> } {
  const odd = filled.flatMap(({ row, why }): [string, string][] => (why === null ? [] : [[row.to, why]]));
  return odd.length === 0 ? {} : { left_out: Object.fromEntries(odd) };
}

function partly(filled: readonly FilledRow[]): string[] {
  const odd = filled.filter(({ why }) => why !== null);
  if (odd.length === 0) return [];
  return [`Not all was sent: ${odd.map(({ row, why }) => `${row.to}: ${why}`).join('; ')}.`];
}
