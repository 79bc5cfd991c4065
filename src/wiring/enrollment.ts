// Whoever joins becomes a contact: enrolment with its settings, its list and the reviews of possible duplicates.
import { shareLink } from '../domain/program/share-link.ts';
import { createContactAttributes } from '../intercom/contacts/contact-attributes.ts';
import type { Tx } from '../store/database.ts';
import { createEnrolmentStore } from '../store/enrollment/enrollments.ts';
import { createJoinerStore } from '../store/enrollment/joiners.ts';
import { createReviewStore } from '../store/enrollment/reviews.ts';
import { createCampaignStore } from '../store/program/campaigns.ts';
import type { Ensuring } from '../usecases/contacts/contact-ensuring-edges.ts';
import { createEnrolment } from '../usecases/enrollment/enrollment.ts';
import { createEnrolmentDesk } from '../usecases/enrollment/enrollment-desk.ts';
import { createReviews } from '../usecases/enrollment/reviews.ts';
import type { Ground } from './context.ts';
import type { Outgoing } from './outgoing.ts';

export type EnrolmentPart = ReturnType<typeof buildEnrolment>;

/** Enrolment by `ensuring`, which makes the contacts. */
export function buildEnrolment(
  { config, log, now, newId, database, queue }: Ground,
  { callOf, runStore, settings, writeBack }: Outgoing,
  ensuring: Ensuring,
) {
  const { transaction } = database;
  const store = {
    ...createEnrolmentStore(database),
    ...createJoinerStore(database, ({ code, link }) => link ?? shareLink(config.publicUrl, code)),
  };
  const campaigns = createCampaignStore(database);
  const reviewStore = createReviewStore(database);
  const attributes = createContactAttributes(callOf, now);
  const enrolment = createEnrolment<Tx>({
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
    queue.enqueue(tx, { name: 'plan-enrolments', workspaceId, campaignId });
  const desk = createEnrolmentDesk<Tx>({
    transaction,
    store,
    campaigns,
    attributes,
    planAgain: enrolment.planAgain,
    runs: runStore,
    planWaiting,
    now,
    patienceMs: 1_500,
  });
  const reviews = createReviews<Tx>({
    transaction,
    reviews: reviewStore,
    enrolments: store,
    planAgain: enrolment.planAgain,
    now,
  });
  return { enrolment, planWaiting, attributes, store, runs: runStore, desk, reviews };
}
