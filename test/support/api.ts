// The API with real tokens over a real database: a caller for each workspace, whose answers are held to their schemas.
import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { expect } from 'vitest';
import { z } from 'zod';
import type { Context } from '../../src/context.ts';
import { customAttribute } from '../../src/domain/contacts/attribute-catalog.ts';
import { Failure } from '../../src/failure.ts';
import type { UseCases } from '../../src/http/api/route.ts';
import { apiRoutes, apiTable } from '../../src/http/api/routes.ts';
import { openApiRoutes } from '../../src/http/openapi.ts';
import { shareRoutes } from '../../src/http/program/share.ts';
import { createServer } from '../../src/http/server.ts';
import { newShareCode } from '../../src/referrals/built-in/share-code.ts';
import { createSecrets } from '../../src/secrets.ts';
import { type Database, openDatabase, type Tx } from '../../src/store/database.ts';
import { createBatchIntake } from '../../src/store/imports/batch-intake.ts';
import { createBatchStore } from '../../src/store/imports/batches.ts';
import { createCampaignStore } from '../../src/store/program/campaigns.ts';
import { peopleStore } from '../../src/store/program/people.ts';
import { createReferralStore } from '../../src/store/program/referrals.ts';
import { createReferrerStore } from '../../src/store/program/referrers.ts';
import { createDeliveryStore } from '../../src/store/qualification/deliveries.ts';
import { createDryRunStore } from '../../src/store/qualification/dry-run.ts';
import { createRuleStore } from '../../src/store/qualification/rules.ts';
import { createBackfillStore } from '../../src/store/repair/backfills.ts';
import { createDriftStore } from '../../src/store/repair/drift.ts';
import { createErasureStore } from '../../src/store/repair/erasures.ts';
import { createExportStore } from '../../src/store/repair/exports.ts';
import { createRecoveryStore } from '../../src/store/repair/recoveries.ts';
import { createRunStore } from '../../src/store/runs/runs.ts';
import { createSettingsStore } from '../../src/store/workspace/settings.ts';
import { createApiTokenStore } from '../../src/store/workspace/tokens.ts';
import { createBatches } from '../../src/usecases/imports/batches.ts';
import { createProgram, type Program } from '../../src/usecases/program/program.ts';
import { createDeliveries } from '../../src/usecases/qualification/deliveries.ts';
import { createDryRun } from '../../src/usecases/qualification/dry-run.ts';
import { createRuleChecker } from '../../src/usecases/qualification/rule-checker.ts';
import { createRules } from '../../src/usecases/qualification/rules.ts';
import { createBackfills } from '../../src/usecases/repair/backfill.ts';
import { createDrift } from '../../src/usecases/repair/drift.ts';
import { createErasing } from '../../src/usecases/repair/erasing.ts';
import { createExport } from '../../src/usecases/repair/export.ts';
import { createRunLog } from '../../src/usecases/runs/run-log.ts';
import { type Access, createAccess } from '../../src/usecases/workspace/access.ts';
import { createSettings } from '../../src/usecases/workspace/settings.ts';
import { freshDatabase } from './database.ts';
import { enrollmentOver } from './enrollment.ts';

export const publicUrl = 'https://desk.example.com';

export type Answer = { status: number; headers: Headers; body: unknown };
export type Caller = {
  get(path: string): Promise<Answer>;
  post(path: string, body?: unknown): Promise<Answer>;
  patch(path: string, body: unknown): Promise<Answer>;
  delete(path: string): Promise<Answer>;
  /** The same with bytes and headers as given. */
  send(method: string, path: string, init?: RequestInit): Promise<Answer>;
};
export type Api = {
  url: string;
  access: Access;
  program: Program;
  database: Database;
  databaseUrl: string;
  /** A caller with a token of its own for this workspace; the token's name is what the history says. */
  caller(workspaceId: string, name?: string): Promise<Caller>;
  close(): Promise<void>;
};

export async function startApi(
  overrides: { now?: () => Date; newShareCode?: () => string } = {},
): Promise<Api> {
  const now = overrides.now ?? (() => new Date());
  const { url: databaseUrl, drop } = await freshDatabase();
  const database = openDatabase(databaseUrl, { warn() {} });
  const secrets = createSecrets(['a secret for tests that is long enough to be one']);
  const access = createAccess({
    transaction: database.transaction,
    tokens: createApiTokenStore(database),
    secrets,
    audit: { record: async () => {} },
    now,
    newId: randomUUID,
  });
  const deliveries = createDeliveries({
    store: createDeliveryStore(database, async () => {}, now),
    audit: { record: async () => {} },
  });
  const runs = createRunLog({
    runs: createRunStore(database, async () => {}, now),
    audit: { record: async () => {} },
  });
  const enrolling = enrollmentOver(database, now);
  const program = createProgram({
    audit: { record: async () => {} },
    transaction: database.transaction,
    stores: {
      campaigns: createCampaignStore(database),
      people: peopleStore,
      referrers: createReferrerStore(database),
      referrals: createReferralStore(database),
    },
    now,
    newId: randomUUID,
    newShareCode: overrides.newShareCode ?? newShareCode,
    planWriteBack: async () => {},
    planEnrollment: enrolling.planEnrollment,
    planWaiting: async () => {},
    publicUrl,
  });
  const checkRule = createRuleChecker(async () => knownAttributes);
  const rules = createRules({
    audit: { record: async () => {} },
    rules: createRuleStore(database, async () => {}),
    campaigns: createCampaignStore(database),
    check: checkRule,
    applyToPending: async () => ({ evaluated: 0, unknown: 0 }),
    now,
    newId: randomUUID,
  });
  const dryRun = createDryRun({
    store: createDryRunStore(database),
    rules: createRuleStore(database, async () => {}),
    check: checkRule,
    campaigns: createCampaignStore(database),
    installationOf: async () => ({ timeZone: 'UTC', search: async () => [] }),
    readNotice: () => ({ kind: 'ping' }),
    now,
    sleep: async () => {},
  });
  const settings = createSettings({
    settings: createSettingsStore(database),
    audit: { record: async () => {} },
    now,
  });
  const { url, close } = await serve(
    {
      // Until this harness starts the real app.
      ctx: { database, now, newId: randomUUID } as unknown as Context,
      program,
      rules,
      dryRun,
      deliveries,
      runs,
      contacts: noIntercom,
      batches: createBatches({
        store: createBatchStore(database, async () => {}),
        intake: createBatchIntake(database, async () => {}),
        now,
        every: () => () => {},
      }),
      settings,
      connecting: nowhere,
      drift: createDrift<Tx>({
        transaction: database.transaction,
        store: createDriftStore(database),
        intercom: { search: nobody, read: nobody, marks: nobody, carrying: nobody },
        campaigns: createCampaignStore(database),
        settings: createSettingsStore(database),
        involvement: nobody,
        setWritten: nobody,
        linkTo: nobody,
        enroll: nobody,
        planWriteBack: nobody,
        runs: createRunStore(database, async () => {}, now),
        enqueue: async () => {},
        now,
        newId: randomUUID,
        log: { warn() {} },
      }),
      recoveries: createRecoveryStore(database),
      erasing: createErasing<Tx>({
        transaction: database.transaction,
        store: createErasureStore(database),
        lockIdentity: peopleStore.lock,
        settings: createSettingsStore(database),
        runs: createRunStore(database, async () => {}, now),
        contactsOf: async () => [],
        forgetJobs: async () => 0,
        enqueue: async () => {},
        now,
        newId: randomUUID,
        log: { warn() {} },
      }),
      backfills: createBackfills<Tx>({
        transaction: database.transaction,
        store: createBackfillStore(database),
        campaigns: createCampaignStore(database),
        sourceOf() {
          throw new Error('nothing is done here');
        },
        enqueue: async () => {},
        now,
        newId: randomUUID,
        log: { warn() {} },
      }),
      exports: createExport({ store: createExportStore(database) }),
      enrollment: enrolling.enrollment,
      reviews: enrolling.reviews,
    },
    access,
  );
  return {
    url,
    access,
    program,
    database,
    databaseUrl,
    async caller(workspaceId, name = 'backend') {
      const { token } = await access.issue(workspaceId, name);
      return callerWith(url, token);
    },
    async close() {
      await close();
      await database.close();
      await drop();
    },
  };
}

/** Nothing outside of the app is there. */
const nobody = () => Promise.reject(new Error('nobody is asked here'));
const nowhere = {
  connect: () => Promise.reject(new Failure('invalid', 'There is nowhere to connect to.')),
  compare: () => Promise.reject(new Failure('not-found', 'There is no such connection.')),
  list: async () => [],
};

/** No contact is there. */
const noIntercom = {
  act: () => Promise.reject(new Failure('not-found', 'There is no such contact in Intercom.')),
  find: async () => [],
};

/** What Intercom would say of every workspace. */
const knownAttributes = {
  attributes: [customAttribute({ name: 'plan', dataType: 'string', options: ['free', 'pro', 'team'] })],
  tags: [{ id: '71', name: 'VIP' }],
};

async function serve(useCases: UseCases, access: Access) {
  const log = { info() {}, warn() {}, error() {} };
  const noCard = () => Promise.reject(new Error('no card is asked for here'));
  const server = createServer({
    inbox: { inbox: { open: noCard, press: noCard }, clientSecrets: [], log, observe() {} },
    webhooks: { accept: noCard, readEnvelope: () => null, clientSecrets: [], log, observe() {} },
    routers: [
      { path: '/', router: openApiRoutes({ publicUrl }) },
      { path: '/', router: shareRoutes({ program: useCases.program, log }) },
      { path: '/api/v1', router: apiRoutes({ ...useCases, verifyToken: access.verify }) },
    ],
    trustProxy: 0,
    isPassing: () => false,
    log,
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => new Promise((resolve) => server.close(resolve).closeAllConnections());
  return { url: `http://127.0.0.1:${port}`, close };
}

/** A caller with a token of its own making, of any app. */
export function callerWith(url: string, token: string): Caller {
  async function send(method: string, path: string, init: RequestInit = {}): Promise<Answer> {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...init.headers };
    const response = await fetch(`${url}/api/v1${path}`, { ...init, method, headers });
    const text = await response.text();
    const answer = {
      status: response.status,
      headers: response.headers,
      body: text === '' || isCsv(response) ? text || null : JSON.parse(text),
    };
    if (method !== 'HEAD') expectDescribed(method, path, answer);
    return answer;
  }
  return {
    send,
    delete: (path) => send('DELETE', path),
    get: (path) => send('GET', path),
    post: (path, body) => send('POST', path, body === undefined ? {} : { body: JSON.stringify(body) }),
    patch: (path, body) => send('PATCH', path, { body: JSON.stringify(body) }),
  };
}

const isCsv = (response: Response) => response.headers.get('content-type')?.startsWith('text/csv');

const failure = z.strictObject({
  error: z.strictObject({
    code: z.string(),
    message: z.string().min(1),
    fields: z.record(z.string(), z.string()).optional(),
  }),
});

/** Every answer of every test is what /openapi.json says that it is. */
function expectDescribed(method: string, path: string, { status, body }: Answer): void {
  if (status >= 400) {
    expect(failure.safeParse(body).error, `${method} ${path}`).toBeUndefined();
    return;
  }
  const pathname = path.split('?')[0] ?? '';
  const route = apiTable.find(
    (one) =>
      one.method === method.toLowerCase() &&
      new RegExp(`^${one.path.replace(':id', '[^/]+')}$`).test(pathname),
  );
  expect(Object.keys(route?.statuses ?? {}), `${method} ${path}`).toContain(String(status));
  expect(route?.answer.safeParse(body).error, `${method} ${path}`).toBeUndefined();
}

const record = z.looseObject({ id: z.string() });

/** The id in an answer that must be a success. */
export function idOf(answer: Answer): string {
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
  return record.parse(answer.body).id;
}

export function codeOf(answer: Answer): string {
  return z.looseObject({ code: z.string() }).parse(answer.body).code;
}

export function dataOf(answer: Answer): { id: string }[] {
  return z.looseObject({ data: z.array(record) }).parse(answer.body).data;
}

const refused = z.looseObject({ error: z.looseObject({ fields: z.unknown() }) });

/** The names of the refused fields. Read as they came, since a schema for records leaves __proto__ out. */
export function refusedFields(answer: Answer): string[] {
  return Object.keys(refused.parse(answer.body).error.fields ?? {});
}

/** A new campaign of the built-in program; its name is its own. */
export async function campaignFor(
  caller: Caller,
  more: { name?: string; destination_url?: string; reward?: string | null } = {},
): Promise<string> {
  const given = { name: `Campaign ${randomUUID()}`, destination_url: 'https://example.com/welcome', ...more };
  return idOf(await caller.post('/campaigns', given));
}
