// Whoever joins becomes a contact: enrollment with its settings, its list and the reviews of possible duplicates.
import { shareLink } from '../domain/program/share-link.ts';
import { createContactAttributes } from '../intercom/contacts/contact-attributes.ts';
import type { Tx } from '../store/database.ts';
import { createEnrollmentStore } from '../store/enrollment/enrollments.ts';
import { createJoinerStore } from '../store/enrollment/joiners.ts';
import { createReviewStore } from '../store/enrollment/reviews.ts';
import { createCampaignStore } from '../store/program/campaigns.ts';
import type { Ensuring } from '../usecases/contacts/contact-ensuring-edges.ts';
import { createEnrollment } from '../usecases/enrollment/enrollment.ts';
import { createEnrollmentDesk } from '../usecases/enrollment/enrollment-desk.ts';
import { createReviews } from '../usecases/enrollment/reviews.ts';
import type { Ground } from './context.ts';
import type { Outgoing } from './outgoing.ts';

export type EnrollmentPart = ReturnType<typeof buildEnrollment>;

/** Enrollment by `ensuring`, which makes the contacts. */
export function buildEnrollment(
  { config, log, now, newId, database, queue }: Ground,
  { callOf, runStore, settings, writeBack }: Outgoing,
  ensuring: Ensuring,
) {
  const { transaction } = database;
  const store = {
    ...createEnrollmentStore(database),
    ...createJoinerStore(database, ({ code, link }) => link ?? shareLink(config.publicUrl, code)),
  };
  const campaigns = createCampaignStore(database);
  const reviewStore = createReviewStore(database);
  const attributes = createContactAttributes(callOf, now);
  const enrollment = createEnrollment<Tx>({
    transaction,
    store,
    campaigns,
    reviews: reviewStore,
    settings,
    runs: runStore,
    attributes,
    ensuring,
    writeBack,
    readSoon: (tx, workspaceId, contactId) =>
      queue.enqueue(tx, { name: 'read-contact', workspaceId, contactId }),
    now,
    newId,
    log,
  });
  const planWaiting = (tx: Tx, workspaceId: string, campaignId: string) =>
    queue.enqueue(tx, { name: 'plan-enrollments', workspaceId, campaignId });
  const desk = createEnrollmentDesk<Tx>({
    transaction,
    store,
    campaigns,
    attributes,
    planAgain: enrollment.planAgain,
    runs: runStore,
    planWaiting,
    now,
    patienceMs: 1_500,
  });
  const reviews = createReviews<Tx>({
    transaction,
    reviews: reviewStore,
    enrollments: store,
    planAgain: enrollment.planAgain,
    now,
  });
  return { enrollment, planWaiting, attributes, store, runs: runStore, desk, reviews };
}
