// Reads the environment, once and nowhere else: checks every setting and reports every problem in one message.
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { z } from 'zod';
import { trimUnseen } from './domain/unseen.ts';
import { isEncryptedOrLocal, isLoopback } from './domain/web-address.ts';

export type Config = ReturnType<typeof readConfig>;
export type DatabaseConfig = { kind: 'server'; url: string } | { kind: 'embedded'; dataDir: string };
export type Role = (typeof roleNames)[number];
export type LogLevel = z.infer<typeof logLevel>;
export type Environment = Record<string, string | undefined>;

/** Its message is for the operator: it names variables and fixes, never a value. */
export class ConfigError extends Error {
  constructor(problems: string[]) {
    const list = problems.map((problem) => `  - ${problem}`).join('\n');
    super(`Referral Desk cannot start until these settings are fixed:\n${list}`);
    this.name = 'ConfigError';
  }
}

const roleNames = ['web', 'worker'] as const;

const logLevel = z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']);

function wholeNumber(min: number, max: number, description = `a whole number from ${min} to ${max}`) {
  const message = `must be ${description}.`;
  return z
    .string()
    .regex(/^\d{1,5}$/, message)
    .transform(Number)
    .refine((number) => number >= min && number <= max, message);
}

const portNumber = wholeNumber(0, 65_535);

/** Tokens, codes and people's data pass over these addresses: plain HTTP only where nothing can intercept it. */
const webAddress = z
  .string()
  .refine(URL.canParse, { error: 'must be a full address, such as https://desk.example.com.', abort: true })
  .refine(isEncryptedOrLocal, {
    error: 'must start with https:// (http:// only for localhost).',
    abort: true,
  })
  .transform((address) => new URL(address).href.replace(/\/+$/, ''));

const publicAddress = webAddress.refine(
  (address) => URL.parse(address)?.origin === address,
  'must be a bare address such as https://desk.example.com, with no path, query or user name.',
);

function rotatedSecret(minBytes: number, tooShort: string) {
  const secret = z.string().refine((text) => Buffer.byteLength(text) >= minBytes, tooShort);
  return z
    .string()
    .transform((text) => text.split(',').map((part) => trimUnseen(part)))
    .pipe(z.tuple([secret], secret));
}

/** An unescaped #, / or ? in the password would cut the address short. */
function isWhole(address: string): boolean {
  const { pathname, hash, searchParams } = new URL(address);
  const names = [...searchParams.keys()];
  return hash === '' && /^\/?[^/]*$/.test(pathname) && names.every((name) => /^\w+$/.test(name));
}

const areRoles = (names: string[]): names is Role[] =>
  names.every((name) => roleNames.some((role) => role === name));

const setting = {
  HOST: z
    .string()
    .refine((host) => isIP(host) !== 0 || /^[\w-]+(\.[\w-]+)*$/.test(host), {
      error: 'must be an address of this machine, such as 0.0.0.0 or ::, without scheme, port or brackets.',
    })
    .default('127.0.0.1'),
  PORT: portNumber.default(3000),
  PUBLIC_URL: publicAddress,
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, {
      error: 'must start with postgres://. Unset it to use the built-in database.',
      abort: true,
    })
    .refine((address) => !/^\w+:\/\/[^/?#]*@(\/|$)/.test(address), {
      error:
        'has no host. For a socket, use localhost and add its folder after the database: ?host=/var/run/postgresql.',
      abort: true,
    })
    .refine((address) => !/^\w+:\/\/([^/?#]*@)?[^/?#@]*,[^/?#@]*([/?#]|$)/.test(address), {
      error: 'has several hosts. Use one: a proxy or a DNS name for the primary.',
      abort: true,
    })
    .refine(URL.canParse, {
      error:
        'is not a valid address. If the password contains #, /, ? or @, percent-encode them (%23, %2F, %3F, %40).',
      abort: true,
    })
    .refine(
      isWhole,
      'must be like postgres://user:password@host:5432/database. ' +
        'If the password contains #, /, ? or @, percent-encode them (%23, %2F, %3F, %40).',
    )
    .optional(),
  // The queue and the locks use six; below ten, almost none would be left for requests.
  DATABASE_POOL: wholeNumber(10, 1_000, 'a whole number of connections, 10 to 1000').default(26),
  DATA_DIR: z
    .string()
    .default('./data')
    .transform((folder) => resolve(folder)),
  APP_SECRET: rotatedSecret(
    32,
    'must be 32 bytes or longer, and so must the previous secret after a comma. ' +
      'Make one with: openssl rand -base64 48',
  ),
  INTERCOM_CLIENT_ID: z.string(),
  INTERCOM_CLIENT_SECRET: rotatedSecret(1, 'has an empty part. Use current,previous or only current.'),
  INTERCOM_API_URL: webAddress.optional(),
  INTERCOM_OAUTH_URL: webAddress.optional(),
  SMTP_URL: z
    .string()
    .regex(/^smtps?:\/\//, { error: 'must start with smtp:// or smtps://.', abort: true })
    .refine(URL.canParse, {
      error:
        'is not a valid address. If the password contains #, /, ? or @, percent-encode them (%23, %2F, %3F, %40).',
      abort: true,
    })
    .refine(
      (address) => URL.parse(address)?.hostname !== '' && isWhole(address),
      'must be like smtp://user:password@mail.example.com:587.',
    )
    .optional(),
  MAIL_FROM: z
    .string()
    .regex(/^([^<>@\n]+<)?[^<>@\s]+@[^<>@\s]+>?$/, 'must be an address such as desk@example.com.')
    .optional(),
  LOG_LEVEL: z.string().default('info').pipe(logLevel),
  METRICS_PORT: portNumber.optional(),
  TRUST_PROXY: wholeNumber(0, 9, 'the number of proxies in front of the app, 0 to 9').default(0),
  ALLOW_PRIVATE_PLATFORMS: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true'),
  ROLES: z
    .string()
    .default(roleNames.join())
    .transform((text) => text.split(',').map((part) => trimUnseen(part)))
    .refine(areRoles, 'must be web, worker, or web,worker.'),
  DRAIN_MS: wholeNumber(0, 99_999, 'a whole number of milliseconds, 0 to 99999').default(500),
};

const whenMissing: Record<string, string> = {
  PUBLIC_URL:
    'is not set. It is the https:// address at which Intercom and browsers reach the app, ' +
    'such as https://desk.example.com.',
  APP_SECRET: 'is not set. Create one with: openssl rand -base64 48',
  INTERCOM_CLIENT_ID: "is not set. It is on the app's Basic information page in Intercom's Developer Hub.",
  INTERCOM_CLIENT_SECRET:
    "is not set. It is on the app's Basic information page in Intercom's Developer Hub.",
};

const everything = z.object(setting);
const forApp = everything
  .refine(({ PORT, METRICS_PORT }) => METRICS_PORT !== PORT || PORT === 0, {
    path: ['METRICS_PORT'],
    error: 'must differ from PORT.',
  })
  .refine(({ SMTP_URL, MAIL_FROM }) => SMTP_URL === undefined || MAIL_FROM !== undefined, {
    path: ['MAIL_FROM'],
    error: 'is not set. Set the sender address, because SMTP_URL is set.',
  })
  .refine(({ ROLES, DATABASE_URL }) => hasAllRoles(ROLES) || DATABASE_URL !== undefined, {
    path: ['ROLES'],
    error: 'must be web,worker without DATABASE_URL: only one process can use the embedded database.',
  });
const hasAllRoles = (roles: readonly Role[]) => roleNames.every((role) => roles.includes(role));

const forTools = everything.pick({
  APP_SECRET: true,
  DATABASE_URL: true,
  DATA_DIR: true,
  INTERCOM_API_URL: true,
  LOG_LEVEL: true,
});

/** Throws a ConfigError that lists every missing or unusable variable at once. */
export function readConfig(env: Environment) {
  const read = parse(forApp, withPublicUrl(givenValues(env)));
  return {
    host: read.HOST,
    port: read.PORT,
    /** Without a trailing slash. */
    publicUrl: read.PUBLIC_URL,
    database: databaseOf(read),
    /** The current secret first; the others still open and verify. */
    appSecrets: read.APP_SECRET,
    intercom: {
      clientId: read.INTERCOM_CLIENT_ID,
      clientSecrets: read.INTERCOM_CLIENT_SECRET,
      /** Null means Intercom's own, by the region of each workspace. */
      apiUrl: read.INTERCOM_API_URL ?? null,
      /** The consent page; null means Intercom's own, by region. */
      oauthUrl: read.INTERCOM_OAUTH_URL ?? null,
    },
    logLevel: read.LOG_LEVEL,
    /** Null: `/metrics` is served on the main port. */
    metricsPort: read.METRICS_PORT ?? null,
    /** The number of trusted proxies in front. */
    trustProxy: read.TRUST_PROXY,
    allowPrivatePlatforms: read.ALLOW_PRIVATE_PLATFORMS,
    /** Null: no mail is sent. */
    mail: mailOf(read),
    databasePool: read.DATABASE_POOL,
    /** What this process does: `web` serves all routes, `worker` does jobs and schedules. */
    roles: roleNames.filter((role) => read.ROLES.includes(role)),
    /** How long the app still takes requests after `/readyz` starts to report that it is stopping. */
    drainMs: read.DRAIN_MS,
  };
}

function mailOf({
  SMTP_URL: url,
  MAIL_FROM: from,
  PUBLIC_URL,
}: {
  SMTP_URL?: string | undefined;
  MAIL_FROM?: string | undefined;
  PUBLIC_URL: string;
}) {
  if (url === undefined || from === undefined) return null;
  return { url, from, host: new URL(PUBLIC_URL).hostname };
}

export function readToolConfig(env: Environment) {
  const read = parse(forTools, givenValues(env));
  return {
    database: databaseOf(read),
    appSecrets: read.APP_SECRET,
    intercomApiUrl: read.INTERCOM_API_URL ?? null,
    logLevel: read.LOG_LEVEL,
  };
}

export function readDatabaseConfig(env: Environment) {
  const wanted = everything.pick({ DATABASE_URL: true, DATA_DIR: true, LOG_LEVEL: true });
  const read = parse(wanted, givenValues(env));
  return { database: databaseOf(read), logLevel: read.LOG_LEVEL };
}

/** Settings of a move: the embedded database and the server that it moves to. */
export function readMoveConfig(env: Environment, targetUrl: string) {
  const wanted = everything.pick({ DATABASE_URL: true, DATA_DIR: true, LOG_LEVEL: true });
  const read = parse(wanted, givenValues({ ...env, DATABASE_URL: targetUrl }));
  return { dataDir: read.DATA_DIR, targetUrl: read.DATABASE_URL ?? '', logLevel: read.LOG_LEVEL };
}

export function readPublicUrl(env: Environment): string {
  return parse(everything.pick({ PUBLIC_URL: true }), givenValues(env)).PUBLIC_URL;
}

function databaseOf(read: { DATABASE_URL?: string | undefined; DATA_DIR: string }): DatabaseConfig {
  return read.DATABASE_URL === undefined
    ? { kind: 'embedded', dataDir: read.DATA_DIR }
    : { kind: 'server', url: read.DATABASE_URL };
}

function parse<Schema extends z.ZodType>(schema: Schema, env: Environment): z.output<Schema> {
  const result = schema.safeParse(env);
  const problems = quotedSettings(env);
  if (result.success && problems.size === 0) return result.data;
  if (result.success) throw new ConfigError([...problems.values()]);
  for (const issue of result.error.issues) {
    const name = String(issue.path[0]);
    if (!problems.has(name)) problems.set(name, `${name} ${describe(name, issue, env)}`);
  }
  throw new ConfigError([...problems.values()]);
}

/** Docker's --env-file and some process managers keep quotes. Checks settings of other commands too. */
function quotedSettings(env: Environment): Map<string, string> {
  const quoted = Object.keys(setting).filter((name) =>
    (env[name] ?? '').split(',').some((part) => /^["'`“”„‘’]/.test(trimUnseen(part))),
  );
  return new Map(quoted.map((name) => [name, `${name} is in quotes. Remove the quotes around the value.`]));
}

/** Compose files and shells express "unset" as an empty value. */
function givenValues(env: Environment): Environment {
  const trimmed = Object.entries(env).map(([name, value]) => [name, trimUnseen(value ?? '')] as const);
  return Object.fromEntries(trimmed.filter(([, value]) => value !== ''));
}

/** A local address is known, unless the port is 0 and chosen on listening. */
function withPublicUrl(env: Environment): Environment {
  const { HOST = '127.0.0.1', PORT = '3000', PUBLIC_URL } = env;
  if (PUBLIC_URL !== undefined || !isLoopback(HOST) || PORT === '0') return env;
  const address = `http://localhost:${PORT}`;
  // An invalid port is reported as such, not a second time as a bad address.
  return { ...env, PUBLIC_URL: URL.canParse(address) ? address : 'http://localhost' };
}

function describe(name: string, issue: z.core.$ZodIssue, env: Environment): string {
  if (env[name] === undefined && issue.code !== 'custom') return whenMissing[name] ?? 'is not set.';
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.join(', ')}.`;
  return issue.message;
}
