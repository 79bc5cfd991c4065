// Campaigns are changed in a draft that does nothing, and take effect when it is published, all at once.
import { createHash } from 'node:crypto';
import {
  type CampaignPlan,
  canonical,
  draftOf,
  isSameJson,
  type PlanDraft,
  type PlannedRule,
  withDraft,
} from '../../domain/campaigns/campaign-plan.ts';
import { planDifferences } from '../../domain/campaigns/plan-difference.ts';
import { contradictionIn } from '../../domain/enrollment/enrollment.ts';
import { Failure } from '../../failure.ts';
import type { Actor } from '../workspace/audit.ts';
import type { PublishingDeps, Standing, StoredDraft, Version } from './publishing-edges.ts';

const mostRules = 100;
const emptyDraft: PlanDraft = { rules: [] };

export type Publishing = ReturnType<typeof createPublishing>;

/** All failures are `Failure`s: not-found, conflict, invalid, and those of the check of a rule. */
export function createPublishing<Tx>(deps: PublishingDeps<Tx>) {
  const { store, transaction, now } = deps;

  async function read(workspaceId: string, campaignId: string): Promise<Standing> {
    const { campaign, plan: live, draft, version } = found(await store.read(workspaceId, campaignId));
    const plan = withDraft(live, draft?.draft ?? emptyDraft);
    const differences = planDifferences(live, plan);
    return {
      campaign,
      version,
      live,
      plan,
      // What was done elsewhere meanwhile may be just what the draft wanted.
      draft: draft && draftOf(live, plan) && { ...pick(draft), differences },
      seen: seenAs(live, draft),
    };
  }

  /** `edit` makes the plan that is wanted from the one that the draft makes. `what` is for the log of changes. */
  async function edit(
    workspaceId: string,
    campaignId: string,
    by: Actor,
    change: { what: string; edit(plan: CampaignPlan): CampaignPlan },
  ): Promise<void> {
    await transaction(async (tx) => {
      const { plan: live, draft } = found(await store.lock(tx, workspaceId, campaignId));
      const before = withDraft(live, draft?.draft ?? emptyDraft);
      const after = possible(change.edit(before));
      if (isSameJson(before, after)) return;
      const wanted = draftOf(live, after);
      const changed = { changedAt: now(), changedBy: by.name };
      if (wanted === null) await store.dropDraft(tx, workspaceId, campaignId);
      else await store.saveDraft(tx, workspaceId, campaignId, { draft: wanted, ...changed });
      const texts = planDifferences(before, after).map(({ text }) => text);
      await deps.record(workspaceId, by, change.what, { campaign_id: campaignId, changes: texts }, tx);
    });
  }

  /** Checked with Intercom; a rule that does not exist is added. */
  async function putRule(
    workspaceId: string,
    campaignId: string,
    by: Actor,
    wanted: Omit<PlannedRule, 'id'> & { id: string | null },
  ): Promise<string> {
    const definition = await deps.check(workspaceId, wanted.definition);
    const id = wanted.id ?? deps.newId();
    const rule = { id, name: wanted.name, definition, enabled: wanted.enabled };
    await edit(workspaceId, campaignId, by, {
      what: `changed the rule ${rule.name} in a draft`,
      edit({ settings, rules }) {
        if (wanted.id === null) return { settings, rules: [...rules, rule] };
        if (!rules.some((one) => one.id === id)) throw new Failure('not-found', 'There is no such rule.');
        return { settings, rules: rules.map((one) => (one.id === id ? rule : one)) };
      },
    });
    return id;
  }

  /** `seen` is that of what was looked at; when anything has changed since, nothing is published. */
  async function publish(workspaceId: string, campaignId: string, by: Actor, seen: string): Promise<number> {
    const looked = await read(workspaceId, campaignId);
    await checkRules(workspaceId, looked);
    return transaction(async (tx) => {
      const { plan: from, draft } = found(await store.lock(tx, workspaceId, campaignId));
      if (seen !== seenAs(from, draft)) {
        throw new Failure('conflict', 'Something was changed since you looked. Look at the changes again.');
      }
      const to = withDraft(from, draft?.draft ?? emptyDraft);
      if (isSameJson(from, to)) throw new Failure('conflict', 'There is nothing to be published.');
      const at = now();
      await store.keepFound(tx, workspaceId, campaignId, at);
      const number = await store.publish(tx, workspaceId, campaignId, { from, to, at, by: by.name });
      await store.dropDraft(tx, workspaceId, campaignId);
      await deps.planWaiting(tx, workspaceId, campaignId);
      const changes = planDifferences(from, to).map(({ text }) => text);
      const what = `published version ${number} of the campaign ${looked.campaign.name}`;
      await deps.record(workspaceId, by, what, { campaign_id: campaignId, changes }, tx);
      return number;
    });
  }

  /** What Intercom has may have changed since the rules were saved. */
  async function checkRules(workspaceId: string, { live, plan }: Standing): Promise<void> {
    for (const rule of plan.rules) {
      const before = live.rules.find((one) => one.id === rule.id);
      if (!rule.enabled || isSameJson(before, rule)) continue;
      await deps.check(workspaceId, rule.definition).catch((error: unknown) => {
        if (!(error instanceof Failure) || error.code !== 'invalid') throw error;
        const why = Object.entries(error.fields ?? {}).map(([field, problem]) => `${field} ${problem}`);
        throw new Failure('invalid', `The rule “${rule.name}” could not work: ${why.join('; ')}.`);
      });
    }
  }

  async function discard(workspaceId: string, campaignId: string, by: Actor): Promise<void> {
    const { campaign, draft } = await read(workspaceId, campaignId);
    await transaction(async (tx) => {
      await store.dropDraft(tx, workspaceId, campaignId);
      if (draft === null) return;
      const changes = draft.differences.map(({ text }) => text);
      const what = `discarded the draft of the campaign ${campaign.name}`;
      await deps.record(workspaceId, by, what, { campaign_id: campaignId, changes }, tx);
    });
  }

  /** A version with what it changed; the first one changed nothing. */
  async function version(
    workspaceId: string,
    campaignId: string,
    number: number,
  ): Promise<{ version: Version; before: Version | null }> {
    const [one, before = null] = await store.version(workspaceId, campaignId, [number, number - 1]);
    if (one?.number !== number) throw new Failure('not-found', 'There is no such version.');
    return { version: one, before };
  }

  /** Makes the draft what that version was; a rule that was removed since comes back as a new one. */
  async function restore(workspaceId: string, campaignId: string, by: Actor, number: number): Promise<void> {
    const { version: wanted } = await version(workspaceId, campaignId, number);
    await edit(workspaceId, campaignId, by, {
      what: `took up version ${number} of a campaign again in a draft`,
      edit({ rules }) {
        const known = new Set(rules.map((rule) => rule.id));
        const again = wanted.plan.rules.map((rule) =>
          known.has(rule.id) ? rule : { ...rule, id: deps.newId() },
        );
        return { settings: wanted.plan.settings, rules: again };
      },
    });
  }

  return {
    read,
    edit,
    putRule,
    publish,
    discard,
    version,
    restore,
    drafted: store.drafted,
    versions: store.versions,
  };
}

const pick = ({ changedAt, changedBy }: StoredDraft) => ({ changedAt, changedBy });

function seenAs(live: CampaignPlan, draft: StoredDraft | null): string {
  return createHash('sha256')
    .update(canonical([live, draft?.draft ?? null]))
    .digest('base64url');
}

function found<T>(record: T | null): T {
  if (record === null) throw new Failure('not-found', 'There is no such campaign.');
  return record;
}

function possible(plan: CampaignPlan): CampaignPlan {
  for (const side of ['leads', 'referrers'] as const) {
    const message = contradictionIn(plan.settings.enrollment[side]);
    if (message !== null)
      throw new Failure('invalid', 'Some fields were refused.', { fields: { email: message } });
  }
  if (plan.rules.length > mostRules)
    throw new Failure('conflict', `A campaign has at most ${mostRules} rules.`);
  return plan;
}
