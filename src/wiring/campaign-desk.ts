// The campaigns as the console has them: drafts, publishing, what forms offer, and previews of what is not published yet.
import type { Campaign } from '../domain/program/program.ts';
import { createPublishingStore } from '../store/campaigns/publishing.ts';
import type { Tx } from '../store/database.ts';
import { createAttributeChoices } from '../usecases/campaigns/attribute-choices.ts';
import { createPublishing } from '../usecases/campaigns/publishing.ts';
import { createEnrollmentDesk } from '../usecases/enrollment/enrollment-desk.ts';
import { beginRuleReading } from '../usecases/qualification/rule-readings.ts';
import { validateRule } from '../usecases/qualification/validate-rule.ts';
import type { Console } from './console.ts';
import type { Ground } from './context.ts';
import type { EnrollmentPart } from './enrollment.ts';

/** A page does not wait longer than this for what Intercom has. */
const patienceMs = 1_500;

/** Campaigns in the making. */
export function buildCampaignDesk(
  ground: Ground,
  { audit }: Pick<Console, 'audit'>,
  { enrollment, planWaiting, attributes, store, runs }: EnrollmentPart,
) {
  const { now, newId, database } = ground;
  const { transaction } = database;
  const publishing = createPublishing<Tx>({
    transaction,
    store: createPublishingStore(database, (...reading) => beginRuleReading(ground, ...reading)),
    check: (workspaceId, definition) => validateRule(ground, workspaceId, definition),
    planWaiting,
    record: audit.record,
    now,
    newId,
  });
  const drafted = async (workspaceId: string, id: string): Promise<Campaign> => {
    const { campaign, plan } = await publishing.read(workspaceId, id);
    return { ...campaign, settings: plan.settings };
  };
  const drafting = createEnrollmentDesk<Tx>({
    transaction,
    store: {
      ...store,
      async joiner(workspaceId, of) {
        const joiner = await store.joiner(workspaceId, of);
        return joiner && { ...joiner, campaign: await drafted(workspaceId, of.campaignId) };
      },
    },
    campaigns: { find: drafted },
    attributes,
    planAgain: enrollment.planAgain,
    runs,
    planWaiting,
    now,
    patienceMs,
  });
  const choices = createAttributeChoices({
    knownIn: ground.intercom.agents.readKnown,
    attributes,
    now,
    patienceMs,
  });
  return { publishing, drafting, choices };
}
