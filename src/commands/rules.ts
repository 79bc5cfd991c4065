// `npm run rules`: lists rules and dry-runs a rule on a campaign, also while the app runs.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import type { Campaign, PageRequest, Position } from '../domain/program/program.ts';
import { type RuleDefinition, ruleDefinition } from '../domain/qualification/rule.ts';
import { retention } from '../domain/workspace/retention.ts';
import { Failure } from '../failure.ts';
import { refusedFields } from '../http/api/refused-fields.ts';
import { createIntercomCall } from '../intercom/call.ts';
import { createHosts } from '../intercom/hosts.ts';
import { createIntercomApi } from '../intercom/intercom-api.ts';
import { readStoredNotice } from '../intercom/notification.ts';
import { campaignPage } from '../store/program/campaigns.ts';
import { listRules } from '../store/qualification/rules.ts';
import { findAccessToken, findInstallation } from '../store/workspace/installations.ts';
import {
  type DryRunContext,
  dryRunRule,
  type RuleToTry,
  type Trial,
} from '../usecases/qualification/dry-run.ts';
import { refuseUnknownWorkspace, runTool, type Tool, UsageError } from './tool.ts';

const usage = `Usage:
  npm run rules -- list --workspace ID [--campaign NAME]
  npm run rules -- dry-run --workspace ID --campaign NAME --file rule.json [--days 30]   try a draft
  npm run rules -- dry-run --workspace ID --rule RULE_ID [--days 30]                     try a stored rule
The file holds a rule's definition, such as
  {"when": {"attribute": "custom_attributes.plan", "operator": "is", "value": "pro"}, "then": "qualify"}`;

type Wanted = {
  what: 'list' | 'dry-run';
  workspace: string;
  campaign: string | undefined;
  file: string | undefined;
  rule: string | undefined;
  days: number;
};

function readArguments(): Wanted {
  const { values, positionals } = parseOptions();
  const [what, ...more] = positionals;
  const { workspace, campaign, file, rule } = values;
  if ((what !== 'list' && what !== 'dry-run') || more.length > 0) throw new UsageError(usage);
  if (!workspace) throw new UsageError(`--workspace is missing\n${usage}`);
  const isDraft = file !== undefined && campaign !== undefined && rule === undefined;
  const isStored = file === undefined && campaign === undefined && rule !== undefined;
  if (what === 'dry-run' && !isDraft && !isStored) {
    throw new UsageError(`Give --campaign and --file, or --rule.\n${usage}`);
  }
  const days = Number(values.days);
  if (!/^\d+$/.test(values.days) || days > retention.deliveryBodies.days)
    throw new UsageError(`--days is a whole number from 0 to ${retention.deliveryBodies.days}.`);
  return { what, workspace, campaign, file, rule, days };
}

function parseOptions() {
  const text = { type: 'string' } as const;
  const days = { type: 'string', default: '30' } as const;
  const options = { workspace: text, campaign: text, file: text, rule: text, days };
  try {
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : 'unreadable'}\n${usage}`);
  }
}

function readDefinition(file: string): RuleDefinition {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`${file} cannot be read as JSON: ${error instanceof Error ? error.message : error}`);
  }
  const read = ruleDefinition.safeParse(json);
  if (read.success) return read.data;
  throw new UsageError(`${file} is no rule:\n${fieldLines(refusedFields(read.error.issues))}`);
}

const fieldLines = (fields: Record<string, string>) =>
  Object.entries(fields)
    .map(([field, problem]) => `  ${field} ${problem}`)
    .join('\n');

async function list({ workspace, campaign }: Wanted, { database }: Tool): Promise<void> {
  const campaignId =
    campaign === undefined ? undefined : (await campaignNamed(workspace, campaign, database)).id;
  for await (const page of pages((request) => listRules(database.db, workspace, { campaignId }, request))) {
    for (const {
      id,
      enabled,
      campaign: { name: campaignName },
      name,
      definition,
    } of page.items) {
      const { when, then } = definition;
      console.log([id, enabled ? 'on ' : 'off', campaignName, name, then, JSON.stringify(when)].join('  '));
    }
  }
}

async function campaignNamed(workspace: string, name: string, database: Tool['database']): Promise<Campaign> {
  const names: string[] = [];
  for await (const page of pages((request) => campaignPage(database.db, workspace, request))) {
    const found = page.items.find((campaign) => campaign.name.toLowerCase() === name.toLowerCase());
    if (found) return found;
    names.push(...page.items.map((campaign) => campaign.name));
  }
  throw new UsageError(`There is no campaign ${JSON.stringify(name)}; there are: ${names.join(', ')}.`);
}

async function* pages<T extends { next: Position | null }>(
  read: (request: PageRequest) => Promise<T>,
): AsyncGenerator<T> {
  for (let after: Position | null = null, more = true; more; ) {
    const page: T = await read({ limit: 100, after });
    yield page;
    after = page.next;
    more = after !== null;
  }
}

async function dryRun(options: Wanted, tool: Tool): Promise<void> {
  const ctx = dryRunContext(tool);
  const tried = await ruleToTry(options, tool);
  const counts: Record<Trial['would'], number> = { qualify: 0, disqualify: 0, hold: 0, nothing: 0 };
  for await (const page of pages((request) =>
    dryRunRule(ctx, options.workspace, { tried, days: options.days }, request),
  )) {
    for (const trial of page.items) {
      counts[trial.would] += 1;
      console.log(lineOf(trial));
    }
    console.error(`${page.total - page.remaining} of ${page.total} referrals tried`);
  }
  const summary = Object.entries(counts).map(([would, count]) => `${would}: ${count}`);
  console.log(`\nWould have done  ${summary.join('  ')}`);
}

async function ruleToTry(
  { workspace, campaign, file, rule }: Wanted,
  { database }: Tool,
): Promise<RuleToTry> {
  if (rule !== undefined) {
    const id = z.guid().safeParse(rule);
    if (!id.success) throw new UsageError(`${JSON.stringify(rule)} is no id of a rule.`);
    return { ruleId: id.data };
  }
  if (file === undefined || campaign === undefined) throw new UsageError(usage);
  const definition = readDefinition(file);
  return { campaignId: (await campaignNamed(workspace, campaign, database)).id, name: 'draft', definition };
}

function lineOf({ referral, would, at, explanation }: Trial): string {
  const { person, status } = referral;
  const who = person.email ?? person.name ?? person.externalId ?? person.id;
  const when = at === null ? '-'.padEnd(10) : at.toISOString().slice(0, 10);
  return [would.padEnd(10), when, status.padEnd(12), who.padEnd(32), explanation].join('  ');
}

/** The part of the app's context that a dry run needs. */
function dryRunContext({ database, secrets, intercomApiUrl }: Tool): DryRunContext {
  const hosts = createHosts({ apiUrl: intercomApiUrl, oauthUrl: null });
  const now = () => new Date();
  const intercom = createIntercomApi(async (workspaceId) => {
    const [known, token] = await Promise.all([
      findInstallation(database.db, workspaceId),
      findAccessToken(database.db, secrets, workspaceId),
    ]);
    if (!known || !token) throw new Failure('unauthorized', 'There is no token for this workspace');
    return createIntercomCall(hosts.api(known.region), token);
  }, now);
  return {
    database,
    intercom: { agents: intercom, background: intercom, bulk: intercom, readNotice: readStoredNotice },
    secrets,
    now,
    sleep: (milliseconds) => sleep(milliseconds),
  };
}

await runTool(readArguments, async (options, tool) => {
  await refuseUnknownWorkspace(options.workspace, tool);
  try {
    await (options.what === 'list' ? list(options, tool) : dryRun(options, tool));
  } catch (error) {
    if (!(error instanceof Failure) || error.fields === undefined) throw error;
    throw new UsageError(`${error.message}\n${fieldLines(error.fields)}`);
  }
});
