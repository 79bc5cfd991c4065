// What is copied from the sandbox's Referral Factory, and what is changed on it, as a backend and the platform itself ask for it.
import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { z } from 'zod';
import { readConfig } from '../../../src/config.ts';
import type { StatusChange } from '../../../src/domain/platforms/platform.ts';
import { createOutboundGuard } from '../../../src/referrals/outbound-guard.ts';
import { createSecrets } from '../../../src/secrets.ts';
import { openDatabase } from '../../../src/store/database.ts';
import { openPlatforms } from '../../../src/wiring/platforms.ts';
import { callerWith } from '../api.ts';
import type { TestApp } from '../app.ts';
import { until } from '../until.ts';

const drift = z.object({
  started_at: z.string(),
  repair: z.boolean(),
  seen: z.number(),
  counts: z.record(z.string(), z.number()),
  differences: z.array(
    z.object({ kind: z.string(), platform_id: z.string(), here: z.unknown(), there: z.unknown() }),
  ),
});
const connection = z.object({
  comparing: z.boolean(),
  trouble: z.string().nullable(),
  drift: drift.nullable(),
});
const connections = z.object({ data: z.array(connection) });
export type Drift = z.infer<typeof drift>;

type RunRow = { state: string; attempts: number; error: string | null; attempted_at: Date | null };

/**
 * Ends the platform's own hooks and waits for the first comparison, so that only the test decides what is copied when.
 */
export async function copyOf(app: TestApp): Promise<ReferralFactoryCopy> {
  const { hooks } = app.sandbox.world.referralFactory;
  const [hook] = hooks.all();
  hooks.clear();
  const copy = new ReferralFactoryCopy(app, callerWith(app.url, await app.apiToken()), hook);
  await copy.begin(true);
  await until(
    async () => (await app.query('select from connections where reconciled_at is not null')).length > 0,
  );
  await copy.ended();
  return copy;
}

export class ReferralFactoryCopy {
  readonly #app: TestApp;
  readonly #caller: ReturnType<typeof callerWith>;
  readonly #hook: { url: string; headers: Record<string, string> } | undefined;

  constructor(
    app: TestApp,
    caller: ReturnType<typeof callerWith>,
    hook: { url: string; headers: Record<string, string> } | undefined,
  ) {
    this.#app = app;
    this.#caller = caller;
    this.#hook = hook;
  }

  async begin(repair: boolean): Promise<void> {
    const wanted = { platform: 'referral-factory', repair };
    expect((await this.#caller.post('/connections/compare', wanted)).status).toBe(200);
  }

  /** Runs a comparison from its beginning to its end. */
  async compare(repair: boolean): Promise<Drift> {
    const before = await this.progress();
    await this.begin(repair);
    await this.ended();
    const { drift } = await this.progress();
    if (!drift || drift.started_at === before.drift?.started_at)
      throw new Error('the comparison did not end');
    return drift;
  }

  async progress() {
    const [connected] = connections.parse((await this.#caller.get('/connections')).body).data;
    if (!connected) throw new Error('the workspace is not connected');
    return connected;
  }

  async settled(): Promise<void> {
    await until(async () => (await this.#jobsLeft('reconcile')) === 0);
  }

  async ended(): Promise<void> {
    await until(async () => !(await this.progress()).comparing && (await this.#jobsLeft('reconcile')) === 0);
  }

  /** The payload of a hook of the platform. */
  async tell(body: object): Promise<void> {
    const headers = { 'Content-Type': 'application/json', ...this.#hook?.headers };
    const response = await fetch(this.#hook?.url ?? '', {
      ...{ method: 'POST', headers, body: JSON.stringify(body) },
    });
    expect(response.status).toBe(200);
  }

  /** Reads this person again. */
  async copy(platformId: string): Promise<void> {
    await this.tell({ id: platformId });
    await until(async () => (await this.#jobsLeft('copy-person')) === 0);
  }

  async referralOf(platformId: string): Promise<string> {
    const rows = await this.#app.query<{ id: string }>(
      "select id from referrals where workspace_id = 'sandbox' and platform_id = $1",
      [platformId],
    );
    return rows[0]?.id ?? '';
  }

  /** Jobs of this kind that are not done. */
  async #jobsLeft(name: string): Promise<number> {
    const rows = await this.#app.query(
      `select from pgboss.job where name = $1 and data ->> 'workspaceId' = 'sandbox' and state < 'completed'`,
      [name],
    );
    return rows.length;
  }
}

/**
 * A run of a rule that changes the referral's status, tried once by the app's own worker; resolves with what happened to
 * it. `attemptedAt`: when an earlier try asked the platform.
 */
export async function changeStatus(
  app: TestApp,
  referralId: string,
  change: StatusChange,
  more: { attemptedAt?: Date; attempts?: number } = {},
): Promise<RunRow> {
  const [rule] = await app.query<{ id: string }>(
    `select rules.id from rules join referrals using (workspace_id, campaign_id) where referrals.id = $1`,
    [referralId],
  );
  const actor = { kind: 'rule', id: rule?.id ?? randomUUID(), name: 'Paid plan' };
  const work = { kind: 'change-status', referralId, change, reason: 'plan is pro', actor, saleValue: null };
  const [run] = await app.query<{ id: string }>(
    `insert into runs (id, workspace_id, kind, subject, referral_id, deduplication_key, work, cause, state, max_attempts, due_at,
       attempted_at, created_at)
     values (gen_random_uuid(), 'sandbox', 'change-status', $1::text, $1::text::uuid, gen_random_uuid(), $2, 'a test', 'failed', $3,
       now(), $4, now()) returning id`,
    [referralId, work, more.attempts ?? 1, more.attemptedAt ?? null],
  );
  const caller = callerWith(app.url, await app.apiToken());
  expect((await caller.post(`/runs/${run?.id}/retry`)).status).toBe(200);
  const read = async () =>
    (
      await app.query<RunRow>('select state, attempts, error, attempted_at from runs where id = $1', [
        run?.id,
      ])
    )[0];
  await until(async () => (await read())?.state !== 'waiting');
  const row = await read();
  if (!row) throw new Error('the run is gone');
  return row;
}

/** The platforms as the app has them, over its database and with its secrets. */
export async function platformsOf(app: Pick<TestApp, 'databaseUrl' | 'environment'>) {
  const config = readConfig(app.environment);
  const log = { debug() {}, info() {}, warn() {}, error() {}, fatal() {} };
  const database = openDatabase(app.databaseUrl, log);
  const secrets = createSecrets(config.appSecrets);
  const outboundGuard = createOutboundGuard({ allowPrivate: config.allowPrivatePlatforms });
  const platforms = openPlatforms({ outboundGuard, database, secrets });
  return { platforms, close: database.close };
}
