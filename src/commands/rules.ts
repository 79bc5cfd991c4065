// `npm run rules`: lists rules and dry-runs a rule on a campaign, also while the app runs.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { foldText } from '../domain/identity.ts';
import type { Campaign, PageRequest, Position } from '../domain/program/program.ts';
import { type RuleDefinition, ruleDefinition } from '../domain/qualification/rule.ts';
import { retention } from '../domain/workspace/retention.ts';
import { Failure } from '../failure.ts';
import { inWords, refusedFields } from '../http/api/refused-fields.ts';
import { createIntercomCall } from '../intercom/call.ts';
import { createHosts } from '../intercom/hosts.ts';
import { readStoredNotification } from '../intercom/incoming/notification.ts';
import { createIntercomApi } from '../intercom/intercom-api.ts';
import { parseJson } from '../json.ts';
import { campaignPage } from '../store/program/campaigns.ts';
import { listRules } from '../store/qualification/rules.ts';
import { findAccessToken, findInstallation } from '../store/workspace/installations.ts';
import {
  type DryRunContext,
  dryRunRule,
  type RuleToTry,
  type Trial,
} from '../usecases/qualification/dry-run.ts';
import { refuseMissingFile, UsageError, type Values } from './support/command.ts';
import { type CommandTool, runWorkspaceTool } from './support/tool.ts';

const usage = `Usage:
  npm run rules -- list --workspace ID [--campaign NAME]
  npm run rules -- dry-run --workspace ID --campaign NAME --file rule.json [--days 30]   try a draft
  npm run rules -- dry-run --workspace ID --rule RULE_ID [--days 30]                     try a stored rule
The file contains a rule definition, such as
  {"when": {"attribute": "custom_attributes.plan", "operator": "is", "value": "pro"}, "then": "qualify"}`;

const text = { type: 'string' } as const;
const options = { campaign: text, file: text, rule: text, days: { ...text, default: '30' } } as const;

type Wanted = ReturnType<typeof readArguments>;

function readArguments(values: Values<typeof options>, [command, ...more]: string[]) {
  const { campaign, file, rule } = values;
  if ((command !== 'list' && command !== 'dry-run') || more.length > 0) throw new UsageError();
  const isDraft = file !== undefined && campaign !== undefined && rule === undefined;
  const isStored = file === undefined && campaign === undefined && rule !== undefined;
  if (command === 'dry-run' && !isDraft && !isStored)
    throw new UsageError('Give --campaign and --file, or --rule.');
  if (file !== undefined) refuseMissingFile(file);
  const days = Number(values.days);
  if (!/^\d+$/.test(values.days) || days > retention.deliveryBodies.days)
    throw new Failure('invalid', `--days must be a whole number from 0 to ${retention.deliveryBodies.days}.`);
  return { command, campaign, file, rule, days };
}

function readDefinition(file: string): RuleDefinition {
  let json: unknown;
  try {
    json = parseJson(readFileSync(file, 'utf8'));
  } catch (error) {
    const why = error instanceof Error ? error.message : error;
    throw new Failure('unreadable', `${file} is not valid JSON: ${why}`);
  }
  const read = ruleDefinition.safeParse(json, inWords);
  if (read.success) return read.data;
  throw new Failure('invalid', `${file} is not a valid rule:`, { fields: refusedFields(read.error.issues) });
}

async function list(workspaceId: string, { campaign }: Wanted, { database }: CommandTool): Promise<void> {
  const campaignId =
    campaign === undefined ? undefined : (await campaignNamed(workspaceId, campaign, database)).id;
  for await (const page of pages((request) => listRules(database.db, workspaceId, { campaignId }, request))) {
    for (const { id, enabled, campaign, name, definition } of page.items) {
      const { when, then } = definition;
      console.log([id, enabled ? 'on ' : 'off', campaign.name, name, then, JSON.stringify(when)].join('  '));
    }
  }
}

async function campaignNamed(
  workspaceId: string,
  name: string,
  database: CommandTool['database'],
): Promise<Campaign> {
  const names: string[] = [];
  for await (const page of pages((request) => campaignPage(database.db, workspaceId, {}, request))) {
    const found = page.items.find((campaign) => foldText(campaign.name) === foldText(name));
    if (found) return found;
    names.push(...page.items.map((campaign) => campaign.name));
  }
  const message = `Campaign ${JSON.stringify(name)} not found. Campaigns: ${names.join(', ')}.`;
  throw new Failure('not-found', message);
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

async function dryRun(workspaceId: string, wanted: Wanted, tool: CommandTool): Promise<void> {
  const ctx = dryRunContext(tool);
  const tried = await ruleToTry(workspaceId, wanted, tool);
  const counts: Record<Trial['would'], number> = { qualify: 0, disqualify: 0, hold: 0, nothing: 0 };
  for await (const page of pages((request) =>
    dryRunRule(ctx, workspaceId, { tried, days: wanted.days }, request),
  )) {
    for (const trial of page.items) {
      counts[trial.would] += 1;
      console.log(lineOf(trial));
    }
    console.error(`${page.total - page.remaining} of ${page.total} referrals checked`);
  }
  const summary = Object.entries(counts).map(([would, count]) => `${would}: ${count}`);
  console.log(`\nResults:  ${summary.join('  ')}`);
}

async function ruleToTry(
  workspaceId: string,
  { campaign, file, rule }: Wanted,
  { database }: CommandTool,
): Promise<RuleToTry> {
  if (rule !== undefined) {
    const id = z.guid().safeParse(rule);
    if (!id.success) throw new Failure('invalid', `${JSON.stringify(rule)} is not the ID of a rule.`);
    return { ruleId: id.data };
  }
  if (file === undefined || campaign === undefined) throw new UsageError();
  const definition = readDefinition(file);
  return { campaignId: (await campaignNamed(workspaceId, campaign, database)).id, name: 'draft', definition };
}

function lineOf({ referral, would, at, explanation }: Trial): string {
  const { person, status } = referral;
  const name = person.email ?? person.name ?? person.externalId ?? person.id;
  const when = at === null ? '-'.padEnd(10) : at.toISOString().slice(0, 10);
  return [would.padEnd(10), when, status.padEnd(12), name.padEnd(32), explanation].join('  ');
}

function dryRunContext({ database, secrets, now, intercomApiUrl }: CommandTool): DryRunContext {
  const hosts = createHosts({ apiUrl: intercomApiUrl, oauthUrl: null });
  const intercom = createIntercomApi(async (workspaceId) => {
    const [known, token] = await Promise.all([
      findInstallation(database.db, workspaceId),
      findAccessToken(database.db, secrets, workspaceId),
    ]);
    if (!known || !token)
      throw new Failure('unauthorized', 'No Intercom access token for this workspace: install the app again');
    return createIntercomCall(hosts.api(known.region), token);
  }, now);
  return {
    database,
    intercom: {
      agents: intercom,
      background: intercom,
      bulk: intercom,
      readNotification: readStoredNotification,
    },
    secrets,
    now,
    sleep: (milliseconds) => sleep(milliseconds),
  };
}

await runWorkspaceTool({
  usage,
  options,
  positionals: true,
  read: readArguments,
  work: (workspaceId, wanted, tool) =>
    wanted.command === 'list' ? list(workspaceId, wanted, tool) : dryRun(workspaceId, wanted, tool),
});
