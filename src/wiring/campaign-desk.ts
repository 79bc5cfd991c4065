// The campaigns as the console has them: drafts, publishing, and what forms offer.
import { createPublishingStore } from '../store/campaigns/publishing.ts';
import type { Tx } from '../store/database.ts';
import { createAttributeChoices } from '../usecases/campaigns/attribute-choices.ts';
import { createPublishing } from '../usecases/campaigns/publishing.ts';
import { enqueueWaitingEnrollments } from '../usecases/enrollment/plan-enrollment.ts';
import { beginRuleReading } from '../usecases/qualification/rule-readings.ts';
import { validateRule } from '../usecases/qualification/validate-rule.ts';
import type { Audit } from '../usecases/workspace/audit.ts';
import type { Ground } from './context.ts';

/** A page does not wait longer than this for what Intercom has. */
const patienceMs = 1_500;

/** Campaigns in the making. */
export function buildCampaignDesk(ground: Ground, { audit }: { audit: Audit<Tx> }) {
  const { now, newId, database, intercom } = ground;
  const publishing = createPublishing<Tx>({
    transaction: database.transaction,
    store: createPublishingStore(database, (...reading) => beginRuleReading(ground, ...reading)),
    check: (workspaceId, definition) => validateRule(ground, workspaceId, definition),
    planWaiting: (tx, workspaceId, campaignId) =>
      enqueueWaitingEnrollments(ground, tx, workspaceId, campaignId),
    record: audit.record,
    now,
    newId,
  });
  const { attributes } = intercom.background;
  const { readKnown: knownIn } = intercom.agents;
  return { publishing, choices: createAttributeChoices({ knownIn, attributes, now, patienceMs }) };
}
