// What is there for operators: files that fit the app, licenses that may be used, metrics that exist.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { readConfig } from '../../src/config.ts';
import { createMetrics } from '../../src/metrics.ts';

const project = join(import.meta.dirname, '../..');
const read = (name: string) => readFileSync(join(project, name), 'utf8');

type Environment = Record<string, string>;

/** Throws for anything that YAML does not allow, such as an alias of another document. */
function documentsOf(name: string): unknown[] {
  return parseAllDocuments(read(name), { merge: true }).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS();
  });
}

const secrets = {
  DOMAIN: 'desk.example.com',
  POSTGRES_PASSWORD: 'abc',
  APP_SECRET: 'a secret of more than thirty-two bytes',
  INTERCOM_CLIENT_ID: 'id',
  INTERCOM_CLIENT_SECRET: 'secret',
  DATABASE_URL: 'postgres://user:password@db.example.com/desk',
};
const filled = (value: string) =>
  value.replace(/\$\{(\w+)[^}]*\}/g, (_whole, name: string) => (secrets as Environment)[name] ?? '');
const lines = (name: string): Environment =>
  Object.fromEntries(
    read(name)
      .split('\n')
      .filter((line) => /^\w+=/.test(line))
      .map((line) => line.split('=', 2) as [string, string])
      .map(([key, value]) => [key, value || ((secrets as Environment)[key] ?? '')]),
  );

const compose = z.object({
  services: z.record(z.string(), z.object({ environment: z.record(z.string(), z.string()).default({}) })),
});
const kubernetes = z.object({
  kind: z.string(),
  data: z.record(z.string(), z.string()).optional(),
  spec: z
    .object({
      template: z.object({
        spec: z.object({
          containers: z.array(z.object({ env: z.array(z.object({ name: z.string(), value: z.string() })) })),
        }),
      }),
    })
    .optional()
    .catch(undefined),
});

/** The environment of each process that the files start. */
function environments(): [string, Environment][] {
  const { services } = compose.parse(documentsOf('deploy/compose.yaml')[0]);
  const composed = ['web-1', 'web-2', 'worker'].map((name) => {
    const given = Object.entries(services[name]?.environment ?? {});
    return [name, Object.fromEntries(given.map(([key, value]) => [key, filled(value)]))] as [
      string,
      Environment,
    ];
  });
  const objects = documentsOf('deploy/kubernetes.yaml').map((object) => kubernetes.parse(object));
  const settings = objects.find(({ kind }) => kind === 'ConfigMap')?.data ?? {};
  const { DOMAIN, POSTGRES_PASSWORD, ...secret } = secrets;
  const pods = objects.flatMap(({ kind, spec }) =>
    (kind === 'Deployment' ? (spec?.template.spec.containers ?? []) : []).map(({ env }) => {
      const own = Object.fromEntries(env.map(({ name, value }) => [name, value]));
      return [`pod ${own.ROLES}`, { ...settings, ...secret, ...own }] as [string, Environment];
    }),
  );
  return [...composed, ...pods, ['systemd', lines('deploy/systemd.env.example')]];
}

test('each process that the files for Compose, Kubernetes and systemd start has settings that the app takes', () => {
  const documented = new Set(read('README.md').match(/\b[A-Z]{3,}(?:_[A-Z]+)*\b/g));
  const roles: Environment = {};
  for (const [name, environment] of environments()) {
    expect(Object.keys(environment).filter((key) => !documented.has(key))).toEqual([]);
    const config = readConfig(environment);
    roles[name] = config.roles.join();
    expect([name, config.publicUrl]).toEqual([name, 'https://desk.example.com']);
    // Kubernetes and Compose wait for at least 30 seconds.
    expect(config.drainMs).toBeLessThan(10_000);
  }
  expect(roles).toEqual({
    'web-1': 'web',
    'web-2': 'web',
    worker: 'worker',
    'pod web': 'web',
    'pod worker': 'worker',
    systemd: 'web,worker',
  });
});

test('the example of secrets for Compose names each that it needs', () => {
  const needed = [...read('deploy/compose.yaml').matchAll(/\$\{(\w+):\?\}/g)].map(([, name]) => name);
  expect(Object.keys(lines('deploy/compose.env.example'))).toEqual(expect.arrayContaining(needed));
});

test('the dashboard and the alert rules name only metrics that the app has', async () => {
  const metrics = createMetrics();
  metrics.watchRuns(async () => []);
  metrics.watchDeliveries(
    async () => null,
    () => null,
  );
  const { text } = await metrics.read();
  const known = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
  const dashboard = z
    .object({ panels: z.array(z.object({ targets: z.array(z.object({ expr: z.string() })) })) })
    .parse(JSON.parse(read('deploy/grafana-dashboard.json')));
  const alerts = z
    .object({
      groups: z.array(z.object({ rules: z.array(z.object({ alert: z.string(), expr: z.string() })) })),
    })
    .parse(documentsOf('deploy/prometheus-alerts.yaml')[0]);
  const expressions = [
    ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
    ...alerts.groups.flatMap(({ rules }) => rules.map(({ expr }) => expr)),
  ];
  const named = expressions.flatMap((text) => text.match(/\b(?:referral_desk|process|nodejs)_\w+/g) ?? []);
  const unknown = named.filter(
    (name) => !known.has(name.replace(/_(bucket|count|sum)$/, '')) && !known.has(name),
  );
  expect(unknown).toEqual([]);
  // And the other way round: what the app measures itself is shown.
  const own = [...known].filter((name) => name?.startsWith('referral_desk_'));
  expect(own.filter((name) => !named.some((shown) => shown.startsWith(name ?? '')))).toEqual([]);
});

/** All allow use in a product of a company, changed or not, without a duty to publish it. */
const allowedLicenses = new Set(
  'MIT MIT-0 ISC Apache-2.0 BSD-2-Clause BSD-3-Clause 0BSD BlueOak-1.0.0 PostgreSQL Python-2.0 Unlicense CC0-1.0'.split(
    ' ',
  ),
);

function installedPackages(): [string, { license?: string | undefined }][] {
  const lock = z.object({
    packages: z.record(z.string(), z.object({ dev: z.boolean().optional(), license: z.string().optional() })),
  });
  const { packages } = lock.parse(JSON.parse(read('package-lock.json')));
  return Object.entries(packages).filter(([path, { dev }]) => path !== '' && !dev);
}

test('every package of a production install has a license on the list', () => {
  const installed = installedPackages();
  expect(installed.length).toBeGreaterThan(50);
  const isAllowed = (license = '') =>
    license
      .replace(/^\(|\)$/g, '')
      .split(' OR ')
      .some((choice) => allowedLicenses.has(choice));
  expect(
    installed.filter(([, { license }]) => !isAllowed(license)).map(([path, { license }]) => [path, license]),
  ).toEqual([]);
});

test('the bill of materials names each of them, and no development tool', () => {
  const text = execFileSync(process.execPath, ['bin/sbom.ts'], { cwd: project, encoding: 'utf8' });
  const bom = z.object({ components: z.array(z.object({ purl: z.string() })) }).parse(JSON.parse(text));
  const named = bom.components.map(({ purl }) => decodeURIComponent(purl).replace(/^pkg:npm\/|@[^@]*$/g, ''));
  const installed = installedPackages().map(([path]) => path.split('node_modules/').at(-1));
  expect(new Set(named)).toEqual(new Set(installed));
});

/** Earlier ones are older than the first release. */
const firstSafeMigration = 37;
/** What the version before, which still runs while a new one migrates, could need. */
const removes =
  /\b(drop (table|column|type|view)|rename|alter column\s+\S+\s+(set data )?type|set not null|add column(?![^;]*default)[^;]*not null)/i;

test('migrations leave the version before what it uses, so that processes are replaced one after the other', () => {
  const folder = join(project, 'src/store/migrations');
  const later = readdirSync(folder).filter(
    (name) => Number(/^(\d+)_.*\.sql$/.exec(name)?.[1]) >= firstSafeMigration,
  );
  const unsafe = later.filter((name) =>
    removes.test(readFileSync(join(folder, name), 'utf8').replaceAll('"', '')),
  );
  expect(unsafe).toEqual([]);
  for (const statement of [
    'ALTER TABLE a DROP COLUMN b;',
    'DROP TABLE a;',
    'ALTER TABLE a RENAME COLUMN b TO c;',
    'ALTER TABLE a ALTER COLUMN b SET DATA TYPE text;',
    'ALTER TABLE a ALTER COLUMN b SET NOT NULL;',
    'ALTER TABLE a ADD COLUMN b text NOT NULL;',
  ])
    expect([statement, removes.test(statement)]).toEqual([statement, true]);
  const adds = 'ALTER TABLE a ADD COLUMN b text NOT NULL DEFAULT 1; CREATE TABLE c (d text NOT NULL);';
  expect(removes.test(adds)).toBe(false);
});
