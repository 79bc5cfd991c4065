// The use cases of enrollment over a database, beside an Intercom that has one attribute and makes whatever is asked for.
import { randomUUID } from 'node:crypto';
import type { Database, Tx } from '../../src/store/database.ts';
import { createEnrollmentStore } from '../../src/store/enrollment/enrollments.ts';
import { createJoinerStore } from '../../src/store/enrollment/joiners.ts';
import { createReviewStore } from '../../src/store/enrollment/reviews.ts';
import { createCampaignStore } from '../../src/store/program/campaigns.ts';
import { createSettingsStore } from '../../src/store/workspace/settings.ts';
import { createEnrollment } from '../../src/usecases/enrollment/enrollment.ts';
import { createEnrollmentDesk } from '../../src/usecases/enrollment/enrollment-desk.ts';
import { createReviews } from '../../src/usecases/enrollment/reviews.ts';

/** Runs are recorded nowhere, and nobody does them. */
export function enrollmentOver(database: Database, now: () => Date) {
  const { transaction } = database;
  const store = {
    ...createEnrollmentStore(database),
    ...createJoinerStore(database, ({ code, link }) => link ?? `https://desk.example.com/r/${code}`),
  };
  const campaigns = createCampaignStore(database);
  const reviewStore = createReviewStore(database);
  const made = new Map([
    ['plan', { name: 'plan', type: 'options' as const, options: ['free', 'pro', 'team'] }],
  ]);
  const attributes = {
    of: async () => [...made.values()],
    forget() {},
    async create(_workspaceId: string, { name }: { name: string }) {
      made.set(name, { name, type: 'options', options: [] });
    },
  };
  const { plan, planAgain } = createEnrollment<Tx>({
    transaction,
    store,
    campaigns,
    reviews: reviewStore,
    settings: createSettingsStore(database),
    runs: { add: async () => true },
    attributes,
    ensuring: { ensure: () => Promise.reject(new Error('no contact is made here')) },
    writeBack: { plan: async () => {}, planShare: async () => {} },
    readSoon: async () => {},
    now,
    newId: randomUUID,
    log: { warn() {} },
  });
  return {
    planEnrollment: plan,
    enrollment: createEnrollmentDesk<Tx>({
      ...{ transaction, store, campaigns, attributes, planAgain, now },
      runs: { retry: async () => 1 },
      planWaiting: async () => {},
      patienceMs: 1_000,
    }),
    reviews: createReviews<Tx>({ transaction, reviews: reviewStore, enrollments: store, planAgain, now }),
  };
}
