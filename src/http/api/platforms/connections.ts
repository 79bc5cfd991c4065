// /api/v1/connections: the outside referral platforms of a workspace, and the differences found there.
import { z } from 'zod';
import { type DriftKind, driftKinds } from '../../../domain/platforms/platform.ts';
import { platformName } from '../../../domain/program/referral.ts';
import {
  type ConnectionStatus,
  compareConnection,
  connectPlatform,
  listConnections,
} from '../../../usecases/platforms/connections.ts';
import { camelFields, resource } from '../resource.ts';
import { type Route, read, write } from '../route.ts';
import { count, moment, named, text } from '../schemas.ts';

const connectionGiven = z
  .strictObject({
    platform: platformName,
    base_url: z
      .url({ protocol: /^https?$/, error: 'must be a complete http or https address' })
      .max(500)
      .describe("Address of the platform's API."),
    token: text(1000).describe('Access token. Stored encrypted and never shown again.'),
  })
  .register(named, {
    id: 'ConnectionGiven',
    examples: [
      {
        platform: 'referral-factory',
        base_url: 'https://api.referral-factory.com/api/v2',
        token: 'the token from its settings',
      },
    ],
  });

const comparisonGiven = z
  .strictObject({
    platform: platformName,
    repair: z
      .boolean()
      .default(false)
      .describe('Whether to repair differences; otherwise they are only reported.'),
  })
  .register(named, { id: 'ComparisonGiven', examples: [{ platform: 'referral-factory', repair: true }] });

const difference = z.strictObject({
  kind: z.enum(driftKinds),
  platform_id: z.string(),
  here: z.string().nullable(),
  there: z.string().nullable(),
});

const drift = z.strictObject({
  started_at: moment,
  finished_at: moment.nullable(),
  repair: z.boolean(),
  seen: count,
  counts: z.strictObject(
    Object.fromEntries(driftKinds.map((kind) => [kind, count])) as Record<DriftKind, typeof count>,
  ),
  differences: z.array(difference).describe('The first hundred.'),
});

const connection = resource('Connection', {
  fields: {
    platform: platformName,
    base_url: z.string(),
    hook: z
      .strictObject({
        url: z.string(),
        header: z.string(),
        secret: z.string().nullable().describe('Returned only when it is created.'),
      })
      .describe("For the platform's webhooks: the address, and the header with the secret."),
    comparing: z.boolean(),
    trouble: z.string().nullable().describe('What stops the check.'),
    drift: drift.nullable().describe('Result of the last check.'),
  },
  sourceOf: connectionSource,
  example: {
    platform: 'referral-factory',
    base_url: 'https://api.referral-factory.com/api/v2',
    hook: {
      url: 'https://referrals.example.com/referrals/hooks/ab12cd34/referral-factory',
      header: 'X-Referral-Desk-Secret',
      secret: 'VSeuhfgM2vlqD0dgFDPPZpNd2Hd0Eu0f',
    },
    comparing: false,
    trouble: null,
    drift: {
      started_at: '2026-11-12T09:15:00.000Z',
      finished_at: '2026-11-12T09:15:04.000Z',
      repair: true,
      seen: 1204,
      counts: { missing: 0, different: 0, unqualified: 1, deleted: 0 },
      differences: [{ kind: 'unqualified', platform_id: '88475', here: 'qualified', there: 'pending' }],
    },
  },
});

function connectionSource({ hook, copying, ...rest }: ConnectionStatus) {
  return { ...rest, hook: { ...hook, header: 'X-Referral-Desk-Secret' }, comparing: copying };
}

const connections = resource('ConnectionList', {
  fields: { data: z.array(connection.schema), next: z.null() },
  sourceOf: (found: readonly ConnectionStatus[]) => ({ data: found.map(connectionSource), next: null }),
});

export const connectionRoutes: Route[] = [
  read('/connections', {
    operation: 'listConnections',
    summary: 'List connections to referral platforms',
    answer: connections,
    statuses: { 200: 'All connections' },
    find: ({ ctx, workspaceId }) => listConnections(ctx, workspaceId),
  }),
  write('/connections', {
    operation: 'connect',
    summary: 'Connect a referral platform, or change its token or address',
    body: connectionGiven,
    answer: connection,
    statuses: { 200: 'The connection. Campaigns and people are copied from now on' },
    act: ({ ctx, workspaceId, body, actor }) => connectPlatform(ctx, workspaceId, camelFields(body), actor),
  }),
  write('/connections/compare', {
    operation: 'compareConnection',
    summary: 'Check a platform for differences, and optionally fix them',
    body: comparisonGiven,
    answer: connection,
    statuses: {
      200: 'The check started. The connection shows the result. With `trouble`, it starts when the platform answers again',
    },
    act: ({ ctx, workspaceId, body: { platform, repair }, actor }) =>
      compareConnection(ctx, workspaceId, platform, { repair }, actor),
  }),
];
