// Rules as a program manager keeps them: checked before they are stored, counted by versions, applied on request.
import type { Page, PageRequest } from '../../domain/program/program.ts';
import type { RuleDefinition } from '../../domain/qualification/rule.ts';
import type { Reason } from '../../domain/qualification/rule-evaluation.ts';
import { Failure } from '../../failure.ts';
import type { Actor, Audit } from '../workspace/audit.ts';
import type { CheckRule } from './rule-checker.ts';

export type Rule = {
  id: string;
  campaign: { id: string; name: string };
  name: string;
  /** Counts every change: a decision names the version that it was made by. */
  version: number;
  definition: RuleDefinition;
  enabled: boolean;
  createdAt: Date;
  updatedAt: Date;
  /** How far the contacts of its campaign were read since it was saved; null when it never was switched on. */
  reading: { read: number; total: number; finishedAt: Date | null; trouble: string | null } | null;
};

/** One evaluation of one rule for one referral, as it is kept. */
export type Decision = {
  id: string;
  referralId: string;
  /** The name is null once the rule is gone. */
  rule: { id: string; name: string | null; version: number };
  outcome: 'met' | 'not-met' | 'holding' | 'stopped';
  explanation: string;
  reasons: Reason[];
  /** The notification that caused it; null when time or a request did. */
  deliveryId: number | null;
  at: Date;
};

export type WantedRule = Pick<Rule, 'name' | 'definition' | 'enabled'> & { campaignId: string };
export type RuleChanges = Partial<Pick<Rule, 'name' | 'definition' | 'enabled'>>;
type DecisionFilter = { referralId?: string | undefined; ruleId?: string | undefined };

/** Who makes a change, and what else belongs into its transaction. */
type As<Tx> = { by: Actor; alongside(tx: Tx): Promise<void> };

export type RuleStore<Tx> = {
  list(
    workspaceId: string,
    filter: { campaignId?: string | undefined },
    page: PageRequest,
  ): Promise<Page<Rule>>;
  find(workspaceId: string, id: string): Promise<Rule | null>;
  /** One that is switched on has its contacts read, in the background. */
  add(
    workspaceId: string,
    rule: Omit<Rule, 'campaign' | 'reading'> & { campaignId: string },
    as: As<Tx>,
  ): Promise<void>;
  /** Counts the version on. With a definition, which is given when it is switched on too, contacts are read again. */
  change(workspaceId: string, id: string, changes: RuleChanges, at: Date, as: As<Tx>): Promise<void>;
  /** With what it still holds back; its decisions stay. False when there is no such rule. */
  remove(workspaceId: string, id: string, as: As<Tx>): Promise<boolean>;
  decisions(workspaceId: string, filter: DecisionFilter, page: PageRequest): Promise<Page<Decision>>;
};

export type RulesDeps<Tx> = {
  rules: RuleStore<Tx>;
  audit: Pick<Audit<Tx>, 'record'>;
  campaigns: { find(workspaceId: string, id: string): Promise<{ id: string; name: string } | null> };
  check: CheckRule;
  /** Looks at the campaign's pending referrals as if their contacts had just been seen. */
  applyToPending(
    workspaceId: string,
    rule: Pick<Rule, 'id' | 'name' | 'version' | 'definition'> & { campaignId: string },
  ): Promise<{ evaluated: number; unknown: number }>;
  now(): Date;
  newId(): string;
};

export type Rules = {
  list: RuleStore<never>['list'];
  read(workspaceId: string, id: string): Promise<Rule>;
  create(workspaceId: string, wanted: WantedRule, by: Actor): Promise<Rule>;
  /** A change never touches what was decided before. */
  change(workspaceId: string, id: string, changes: RuleChanges, by: Actor): Promise<Rule>;
  remove(workspaceId: string, id: string, by: Actor): Promise<void>;
  /** `unknown`: those whose contact could not be read. */
  apply(workspaceId: string, id: string): Promise<{ evaluated: number; unknown: number }>;
  decisions: RuleStore<never>['decisions'];
};

/** All failures are `Failure`s: not-found, conflict, invalid, and those of the check. */
export function createRules<Tx>(deps: RulesDeps<Tx>): Rules {
  const { rules } = deps;

  const recorded = (
    workspaceId: string,
    by: Actor,
    what: string,
    details: Record<string, unknown>,
  ): As<Tx> => ({
    by,
    alongside: (tx) => deps.audit.record(workspaceId, by, what, details, tx),
  });

  async function read(workspaceId: string, id: string): Promise<Rule> {
    const rule = await rules.find(workspaceId, id);
    if (rule === null) throw new Failure('not-found', 'There is no such rule.');
    return rule;
  }

  async function create(workspaceId: string, wanted: WantedRule, by: Actor): Promise<Rule> {
    const { campaignId, name, enabled } = wanted;
    const campaign = await deps.campaigns.find(workspaceId, campaignId);
    if (campaign === null) {
      throw new Failure('invalid', 'There is no such campaign.', {
        fields: { campaign_id: 'is no campaign of this workspace' },
      });
    }
    const definition = await deps.check(workspaceId, wanted.definition);
    const at = deps.now();
    const rule = { id: deps.newId(), name, version: 1, definition, enabled, createdAt: at, updatedAt: at };
    const details = { id: rule.id, campaign: campaign.name, definition, enabled };
    await rules.add(
      workspaceId,
      { ...rule, campaignId },
      recorded(workspaceId, by, `made the rule ${name}`, details),
    );
    return read(workspaceId, rule.id);
  }

  async function change(workspaceId: string, id: string, changes: RuleChanges, by: Actor): Promise<Rule> {
    const rule = await read(workspaceId, id);
    const renamed = changes.name !== undefined && changes.name !== rule.name;
    const switched = changes.enabled !== undefined && changes.enabled !== rule.enabled;
    if (changes.definition === undefined && !renamed && !switched) return rule;
    // One that is switched on again may have lost an attribute meanwhile.
    const toCheck = changes.definition ?? (switched && changes.enabled ? rule.definition : undefined);
    const definition = toCheck === undefined ? undefined : await deps.check(workspaceId, toCheck);
    const wanted = { ...changes, ...(definition && { definition }) };
    const before = { name: rule.name, definition: rule.definition, enabled: rule.enabled };
    const as = recorded(workspaceId, by, `changed the rule ${rule.name}`, { id, before, after: wanted });
    await rules.change(workspaceId, id, wanted, deps.now(), as);
    return read(workspaceId, id);
  }

  async function remove(workspaceId: string, id: string, by: Actor): Promise<void> {
    const { name, campaign, definition } = await read(workspaceId, id);
    const as = recorded(workspaceId, by, `removed the rule ${name}`, {
      id,
      campaign: campaign.name,
      definition,
    });
    if (!(await rules.remove(workspaceId, id, as))) throw new Failure('not-found', 'There is no such rule.');
  }

  async function apply(workspaceId: string, id: string) {
    const { campaign, enabled, ...rule } = await read(workspaceId, id);
    if (!enabled) throw new Failure('conflict', 'The rule is switched off: switch it on first.');
    return deps.applyToPending(workspaceId, { ...rule, campaignId: campaign.id });
  }

  return { list: rules.list, read, create, change, remove, apply, decisions: rules.decisions };
}
