// Enrollment for a program manager: setup, missing attributes, preview, list, retry.

import type { Context } from '../../context.ts';
import type { ContactDraft } from '../../domain/contacts/contact-draft.ts';
import {
  type EnrollmentSide,
  missingAttributes,
  needsEmail,
  roleOf,
  type Setup,
  type SideName,
  setupOf,
} from '../../domain/enrollment/enrollment.ts';
import {
  type Extra,
  enrollmentFactsOf,
  type ParticipantProfile,
  sideOf,
} from '../../domain/enrollment/enrollment-facts.ts';
import { contactDraftOf, type FilledRow, fill, typeOf } from '../../domain/enrollment/filled-mapping.ts';
import { type ContactAttribute, customName, type NewAttribute } from '../../domain/enrollment/mapping.ts';
import type { Campaign, Identity } from '../../domain/program/program.ts';
import { hasFailed } from '../../domain/runs/run.ts';
import type { Actor } from '../../domain/workspace/audit.ts';
import { Failure } from '../../failure.ts';
import {
  type Enrollment,
  enrollmentPage,
  findEnrollment,
  findParticipant,
  findRunOfEnrollment,
  lockEnrollment,
  updateEnrollment,
} from '../../store/enrollment/enrollments.ts';
import { findParticipantProfile } from '../../store/enrollment/participant-profiles.ts';
import { found } from '../found.ts';
import { shareLinkOf } from '../program/share-links.ts';
import { timeZoneOf } from '../qualification/installed.ts';
import { query } from '../query.ts';
import { rescheduleRuns } from '../runs/run-log.ts';
import { rethrowToCaller } from '../trouble.ts';
import { withTimeout } from '../with-timeout.ts';
import { recordAudit } from '../workspace/record-audit.ts';
import { enqueueWaitingEnrollments, replanEnrollment } from './plan-enrollment.ts';

export type Setups = Record<SideName, Setup>;

/** A participant, or an example. */
export type PreviewSubject =
  | { referralId: string }
  | { referrerId: string }
  | { personId: string; side: SideName }
  | { side: SideName; person: Identity; extra: Extra };

export type Preview = {
  side: SideName;
  setup: Setup;
  contact: ContactDraft;
  rows: FilledRow[];
  /** The targets with date values, in Unix seconds. */
  dates: string[];
  /** Why no contact would be created; null when one would. */
  problem: string | null;
};

/** The longest that a page waits for Intercom. */
const patienceMs = 1_500;
const sides = ['leads', 'referrers'] as const;

/** Both sides. Skips Intercom's attributes when they take too long. */
export async function readSetups(
  ctx: Context,
  workspaceId: string,
  { settings }: Pick<Campaign, 'settings'>,
): Promise<Setups> {
  const { leads, referrers } = settings.enrollment;
  const names = [...customNames(leads), ...customNames(referrers)];
  const known = names.length > 0 ? await attributesInTime(ctx, workspaceId, names) : null;
  return { leads: setupOf(leads, known), referrers: setupOf(referrers, known) };
}

/** Null on a timeout, or without Intercom. */
function attributesInTime(
  ctx: Context,
  workspaceId: string,
  names: readonly string[],
): Promise<readonly ContactAttribute[] | null> {
  const known = ctx.intercom.background.attributes.of(workspaceId, names).catch(() => null);
  return withTimeout(patienceMs, known, () => null);
}

/** Rejects with `conflict` without Intercom. */
function requireAttributes(
  ctx: Context,
  workspaceId: string,
  names: readonly string[],
): Promise<readonly ContactAttribute[]> {
  return ctx.intercom.background.attributes.of(workspaceId, names).catch(rethrowToCaller);
}

/** Creates the missing attributes of the campaign's mappings. `chosen` overrides the default type. */
export async function createMissingAttributes(
  ctx: Context,
  workspaceId: string,
  campaign: Pick<Campaign, 'id' | 'settings'>,
  chosen: readonly NewAttribute[],
  actor: Actor,
): Promise<{ created: NewAttribute[]; setups: Setups }> {
  const { attributes } = ctx.intercom.background;
  attributes.forget(workspaceId);
  const known = await requireAttributes(ctx, workspaceId, []);
  const missing = sides.flatMap((side) => missingAttributes(campaign.settings.enrollment[side], known));
  const created: NewAttribute[] = [];
  for (const [name, { type }] of new Map(missing.map((attribute) => [attribute.name, attribute]))) {
    const attribute = chosen.find((choice) => choice.name === name) ?? { name, kind: type };
    const isNew = await attributes.create(workspaceId, attribute).catch(rethrowToCaller);
    if (isNew) created.push(attribute);
  }
  attributes.forget(workspaceId);
  await ctx.database.transaction(async (tx) => {
    await enqueueWaitingEnrollments(ctx, tx, workspaceId, campaign.id);
    if (created.length === 0) return;
    const subject = { type: 'campaign' as const, id: campaign.id };
    const names = created.map(({ name }) => name).join(', ');
    await recordAudit(ctx, tx, workspaceId, actor, 'attributes.create', subject, { names });
  });
  return { created, setups: await readSetups(ctx, workspaceId, campaign) };
}

/** `campaign` has the settings to preview, published or not. */
export async function previewEnrollment(
  ctx: Context,
  workspaceId: string,
  campaign: Campaign,
  subject: PreviewSubject,
): Promise<Preview> {
  const profile = await profileFor(ctx, workspaceId, campaign, subject);
  const side = sideOf(profile);
  const names = customNames(side);
  const known = names.length > 0 ? await requireAttributes(ctx, workspaceId, names) : [];
  const timeZone = await timeZoneOf(ctx, workspaceId);
  const rows = fill(side.mapping, enrollmentFactsOf(profile), known, roleOf(side), { timeZone });
  const contact = contactDraftOf(roleOf(side), rows);
  const setup = setupOf(side, known);
  const dates = rows.flatMap(({ row: { to } }) => (typeOf(to, known)?.type === 'date' ? [to] : []));
  return { side: profile.side, setup, contact, rows, dates, problem: problemOf(side, setup, contact) };
}

async function profileFor(
  ctx: Context,
  workspaceId: string,
  campaign: Campaign,
  subject: PreviewSubject,
): Promise<ParticipantProfile> {
  if ('person' in subject) return example(campaign, subject, ctx.now());
  const { db } = ctx.database;
  const person = await personFor(ctx, workspaceId, subject);
  const place = person && { ...person, campaignId: campaign.id };
  const profile =
    place && (await findParticipantProfile(db, workspaceId, place, (referrer) => shareLinkOf(ctx, referrer)));
  if (profile) return { ...profile, campaign };
  throw new Failure('not-found', 'No such person on this side of the campaign.');
}

async function personFor(
  ctx: Context,
  workspaceId: string,
  subject: Exclude<PreviewSubject, { person: Identity }>,
): Promise<{ side: SideName; personId: string } | null> {
  if ('personId' in subject) return subject;
  const participant =
    'referralId' in subject
      ? { side: 'leads' as const, id: subject.referralId }
      : { side: 'referrers' as const, id: subject.referrerId };
  const known = await findParticipant(ctx.database.db, workspaceId, participant);
  return known && { side: participant.side, personId: known.personId };
}

export const listEnrollments = query(enrollmentPage);

/** Retries a failed run, otherwise plans again; both use the current settings. */
export async function retryEnrollment(
  ctx: Context,
  workspaceId: string,
  id: string,
  actor: Actor,
): Promise<Enrollment> {
  const failed = await ctx.database.transaction(async (tx) => {
    const enrollment = found(await lockEnrollment(tx, workspaceId, id), 'enrollment');
    if (enrollment.state === 'review') {
      throw new Failure('conflict', 'A teammate must decide: see /api/v1/reviews.');
    }
    const run = await findRunOfEnrollment(tx, workspaceId, id);
    if (run?.state === 'waiting') throw new Failure('conflict', `In progress: see run ${run.id}.`);
    await recordAudit(ctx, tx, workspaceId, actor, 'enrollment.retry', id, {});
    // Only the same run knows whether Intercom may have created the contact.
    if (!run || !hasFailed(run)) {
      await replanEnrollment(ctx, tx, workspaceId, enrollment);
      return null;
    }
    const to = { state: 'planned' as const, outcome: null, changedAt: ctx.now() };
    await updateEnrollment(tx, workspaceId, id, to);
    return run;
  });
  if (failed) await ctx.database.transaction((tx) => rescheduleRuns(ctx, tx, workspaceId, { id: failed.id }));
  return found(await findEnrollment(ctx.database.db, workspaceId, id), 'enrollment');
}

const customNames = ({ mapping }: EnrollmentSide) => mapping.flatMap(({ to }) => customName(to) ?? []);

function problemOf(side: EnrollmentSide, setup: Setup, contact: ContactDraft): string | null {
  if (side.action === 'nothing') return 'This side of the campaign does nothing in Intercom.';
  if (!setup.complete) return `Setup required: ${setup.missing.join(' ')}`;
  return needsEmail(side) && contact.email === undefined ? 'No email to send.' : null;
}

function example(
  campaign: Campaign,
  { side, person, extra }: Extract<PreviewSubject, { person: Identity }>,
  joinedAt: Date,
): ParticipantProfile {
  const referral = { id: 'example', status: 'pending', source: 'link', joinedAt, reward: 'none' } as const;
  return {
    side,
    campaign,
    person: { id: 'example', contactId: null, ...person },
    joinedAt,
    share: null,
    referral: side === 'leads' ? referral : null,
    referrer: null,
    extra,
  };
}
